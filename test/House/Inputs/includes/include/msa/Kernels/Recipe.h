// a recipe
#include "dialects/Msa/IR/MsaOps.h.inc"
