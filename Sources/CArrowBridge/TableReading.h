#pragma once
#include "shim.h"

#include <arrow/api.h>

namespace sluice {

// Opens a table and exports its batches as a C stream.
arrow::Status open_reader(const std::string &path, const sluice_read_options &options, sluice_invalid_row invalid_row,
                          void *context, ArrowArrayStream *stream);

} // namespace sluice
