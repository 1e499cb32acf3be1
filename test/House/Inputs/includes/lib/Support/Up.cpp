#include "msa/Target/T.h"
