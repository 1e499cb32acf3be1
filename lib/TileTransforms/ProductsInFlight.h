// Asynchronous products: what may not happen while one is in flight.
#ifndef MSA_LIB_TILETRANSFORMS_PRODUCTSINFLIGHT_H
#define MSA_LIB_TILETRANSFORMS_PRODUCTSINFLIGHT_H
#include "dialects/Tile/IR/TileDialect.h"

namespace mlir::msa {

/// Fails, with a diagnostic, where a product's result is used or its operand's slot released before the product is known to have
/// ended, where a wait lets more products be in flight than were begun since, or where a block ends with one in flight.
LogicalResult verifyProductsInFlight(Region &region);

} // namespace mlir::msa
#endif
