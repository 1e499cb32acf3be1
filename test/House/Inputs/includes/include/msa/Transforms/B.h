#include "lib/Conversion/A/A.h"
