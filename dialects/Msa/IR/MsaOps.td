// The umbrella: selecting ops and attending ops live in their own files.
#ifndef MSA_OPS_TD
#define MSA_OPS_TD
include "dialects/Msa/IR/MsaSelectOps.td"
include "dialects/Msa/IR/MsaAttendOps.td"
#endif
