#include "msa/Kernels/Recipe.h"
