#pragma once
#include "shim.h"

#include <arrow/api.h>

namespace sluice {

// Writes the unpacked bytes of a part of a file to another.
arrow::Status unpack(const std::string &path, const sluice_packed_part &part, const std::string &output, int64_t *count,
                     uint32_t *checksum);

} // namespace sluice
