// Switching between stacks.

#ifndef SLUICE_HOST_FIBER_HPP
#define SLUICE_HOST_FIBER_HPP

namespace sluice_host {

/// A stack, and where its execution has stopped.
struct Fiber {
    void *stack = nullptr;
    void *place = nullptr;
};

constexpr unsigned long fiberStackBytes = 128 * 1024;

/// Sets a fiber to begin with a function, which must never return.
void prepare(Fiber &fiber, void (*function)());

/// Saves the caller's state in `from`, and continues where `to` stopped.
void switchFibers(Fiber &from, Fiber &to);

}  // namespace sluice_host

#endif
