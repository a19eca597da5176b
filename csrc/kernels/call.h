/* How does a kernel get at its call's matrices? */
#pragma once

#include "isa.h"
#include "vector.h"

/* The matrices in the order of the signature above the kernel: its arguments, then its result. */
#define IN(i) ((const double *)c->matrix[i])
#define OUT(i) ((double *)c->matrix[i])
