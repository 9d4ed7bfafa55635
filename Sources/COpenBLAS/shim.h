#pragma once
// Types only: Tensors' OpenBLAS loads the library when it is needed; it is never linked.
#if __has_include(<cblas.h>)
#include <cblas.h>
#else
#include <openblas/cblas.h>
#endif
