// The interface is CObjectStorage/shim.h.
