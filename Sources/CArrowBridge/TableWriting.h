#pragma once
#include "shim.h"

#include <arrow/api.h>
#include <arrow/io/api.h>

#include <memory>
#include <string>

namespace sluice {

// Writes batches to a file of one format.
class TableWriter {
  public:
    static arrow::Result<std::unique_ptr<TableWriter>> open(const std::string &path, int format, ArrowSchema *schema);
    virtual ~TableWriter() = default;
    arrow::Status write(ArrowArray *batch);
    arrow::Status close();

  protected:
    TableWriter(std::shared_ptr<arrow::io::OutputStream> sink, std::shared_ptr<arrow::Schema> schema)
        : sink_(std::move(sink)), schema_(std::move(schema)) {}
    virtual arrow::Status write_batch(const std::shared_ptr<arrow::RecordBatch> &batch) = 0;
    virtual arrow::Status finish() = 0;

    std::shared_ptr<arrow::io::OutputStream> sink_;
    std::shared_ptr<arrow::Schema> schema_;
};

} // namespace sluice
