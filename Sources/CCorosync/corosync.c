#include "CCorosync.h"
