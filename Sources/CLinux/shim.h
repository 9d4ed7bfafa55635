#pragma once
// System calls that Swift's Glibc module does not declare.
#include <sys/pidfd.h>
#include <sys/prctl.h>
