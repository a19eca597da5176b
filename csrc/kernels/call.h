/* How does a kernel get at its call's matrices? */
#ifndef REFNET_CALL_H
#define REFNET_CALL_H

#include <stddef.h>

#include "isa.h"
#include "vector.h"

#define IN(i) ((const double *)c->matrix[i])
#define OUT(i) ((double *)c->matrix[i])

#endif
