#include "msa/Transforms/B.h"
