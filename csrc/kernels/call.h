/* How does a kernel get at its step's matrices? */
#ifndef REFNET_CALL_H
#define REFNET_CALL_H

#include <stddef.h>

#include "isa.h"
#include "vector.h"

#define IN(i) ((const double *)s->matrix[i])
#define OUT(i) ((double *)s->matrix[i])

#endif
