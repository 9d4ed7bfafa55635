// Filled by its first kind.
