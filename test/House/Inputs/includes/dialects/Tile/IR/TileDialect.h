#include "dialects/Msa/IR/MsaDialect.h"
