#pragma once
#include "shim.h"

#include <arrow/api.h>
#include <arrow/io/api.h>

#include <future>
#include <memory>
#include <string>

namespace sluice {

// Writes batches to a file in one format. With several threads, a batch is written in the background; the next call waits
// for it.
class TableWriter {
  public:
    static arrow::Result<std::unique_ptr<TableWriter>> open(const std::string &path, int format, ArrowSchema *schema,
                                                           int threads);
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

  private:
    arrow::Status wait();

    bool is_behind_ = false;
    std::future<arrow::Status> batch_;
};

} // namespace sluice
