#ifndef MSA_DIALECTS_MSA_IR_MSADIALECT_H
#define MSA_DIALECTS_MSA_IR_MSADIALECT_H
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Linalg/IR/LinalgInterfaces.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/TilingInterface.h"

#include "dialects/Msa/IR/MsaDialect.h.inc"
#include "dialects/Msa/IR/MsaEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Msa/IR/MsaAttrs.h.inc"
#define GET_OP_CLASSES
#include "dialects/Msa/IR/MsaOps.h.inc"
#endif
