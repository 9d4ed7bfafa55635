#pragma once
// Types only: the library is loaded when it is needed, by Tensors' OpenBLAS, and never linked.
#if __has_include(<cblas.h>)
#include <cblas.h>
#else
#include <openblas/cblas.h>
#endif
