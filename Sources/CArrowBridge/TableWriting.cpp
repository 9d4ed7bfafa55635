#include "TableWriting.h"

#include <arrow/c/bridge.h>
#include <arrow/csv/api.h>
#include <arrow/ipc/api.h>
#include <arrow/util/byte_size.h>
#include <arrow/util/thread_pool.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

#include <algorithm>

namespace sluice {
namespace {

using arrow::Result;
using arrow::Status;

// zstd, no dates, and each column encoded separately: equal tables, in equal batches, give equal bytes on any number of
// threads.
//
// Pages end at boundaries defined by the content (content-defined chunking), so an inserted row leaves the later pages
// unchanged, and the store keeps those only once.
class ParquetWriter : public TableWriter {
  public:
    static Result<std::unique_ptr<TableWriter>> make(std::shared_ptr<arrow::io::OutputStream> sink,
                                                     std::shared_ptr<arrow::Schema> schema, int threads) {
        parquet::WriterProperties::Builder properties;
        properties.compression(parquet::Compression::ZSTD)
            ->compression_level(1)
            ->version(parquet::ParquetVersion::PARQUET_2_6)
            ->max_row_group_length(kRowGroupRows)
            ->dictionary_pagesize_limit(kDictionaryBytes)
            ->enable_content_defined_chunking()
            ->content_defined_chunking_options({kPageBytes / 2, kPageBytes * 2, 0})
            ->created_by("sluice");
        for (const auto &field : schema->fields()) {
            if (field->type()->id() != arrow::Type::LARGE_LIST) continue;
            const auto &element = static_cast<const arrow::LargeListType &>(*field->type()).value_type();
            if (element->id() != arrow::Type::LARGE_STRING) continue;
            // Texts in lists are turns and answers: long, and rarely repeated. Neither a dictionary nor minima and maxima
            // are useful for them.
            auto path = parquet::schema::ColumnPath(std::vector<std::string>{field->name(), "list", "element"});
            properties.disable_dictionary(path.ToDotString())->disable_statistics(path.ToDotString());
        }
        auto writer = std::unique_ptr<ParquetWriter>(new ParquetWriter(sink, schema));
        parquet::ArrowWriterProperties::Builder arrow_properties;
        arrow_properties.set_use_threads(threads != 1);
        if (threads > 1) {
            ARROW_ASSIGN_OR_RAISE(writer->pool_, arrow::internal::ThreadPool::Make(threads));
            arrow_properties.set_executor(writer->pool_.get());
        }
        ARROW_ASSIGN_OR_RAISE(writer->writer_,
                              parquet::arrow::FileWriter::Open(*schema, arrow::default_memory_pool(), sink,
                                                               properties.build(), arrow_properties.build()));
        return writer;
    }

  protected:
    using TableWriter::TableWriter;

    // A row group stays in memory, column by column, until it ends, and is then copied to the file.
    Status write_batch(const std::shared_ptr<arrow::RecordBatch> &batch) override {
        const int64_t count = batch->num_rows();
        if (count == 0) return Status::OK();
        const int64_t row_bytes = std::max<int64_t>(1, arrow::util::TotalBufferSize(*batch) / count);
        for (int64_t first = 0; first < count;) {
            int64_t rows = std::min(count - first, (kRowGroupBytes - group_bytes_) / row_bytes);
            if (rows <= 0 && group_bytes_ > 0) {
                ARROW_RETURN_NOT_OK(writer_->NewBufferedRowGroup());
                group_bytes_ = 0;
                continue;
            }
            rows = std::max<int64_t>(1, rows);
            ARROW_RETURN_NOT_OK(writer_->WriteRecordBatch(*batch->Slice(first, rows)));
            group_bytes_ += rows * row_bytes;
            first += rows;
        }
        return Status::OK();
    }
    Status finish() override { return writer_->Close(); }

  private:
    static constexpr int64_t kRowGroupRows = 1 << 20;
    // In bytes of memory. An inserted row shifts all later groups by one row, so there should be few groups.
    static constexpr int64_t kRowGroupBytes = 64 << 20;
    // The approximate size of a page before compression: twice the mean size of the store's chunks.
    static constexpr int64_t kPageBytes = 128 << 10;
    // Larger dictionaries are of ids, which are all different: one page, which every new row would change.
    static constexpr int64_t kDictionaryBytes = 64 << 10;
    // Outlives the writer, which uses it.
    std::shared_ptr<arrow::internal::ThreadPool> pool_;
    std::unique_ptr<parquet::arrow::FileWriter> writer_;
    int64_t group_bytes_ = 0;
};

class IPCWriter : public TableWriter {
  public:
    static Result<std::unique_ptr<TableWriter>> make(std::shared_ptr<arrow::io::OutputStream> sink,
                                                     std::shared_ptr<arrow::Schema> schema, bool is_file) {
        auto writer = std::unique_ptr<IPCWriter>(new IPCWriter(sink, schema));
        if (is_file) {
            ARROW_ASSIGN_OR_RAISE(writer->writer_, arrow::ipc::MakeFileWriter(sink, schema));
        } else {
            ARROW_ASSIGN_OR_RAISE(writer->writer_, arrow::ipc::MakeStreamWriter(sink, schema));
        }
        return writer;
    }

  protected:
    using TableWriter::TableWriter;
    Status write_batch(const std::shared_ptr<arrow::RecordBatch> &batch) override {
        return writer_->WriteRecordBatch(*batch);
    }
    Status finish() override { return writer_->Close(); }

  private:
    std::shared_ptr<arrow::ipc::RecordBatchWriter> writer_;
};

class CSVWriter : public TableWriter {
  public:
    static Result<std::unique_ptr<TableWriter>> make(std::shared_ptr<arrow::io::OutputStream> sink,
                                                     std::shared_ptr<arrow::Schema> schema) {
        auto writer = std::unique_ptr<CSVWriter>(new CSVWriter(sink, schema));
        auto options = arrow::csv::WriteOptions::Defaults();
        options.quoting_style = arrow::csv::QuotingStyle::Needed;
        options.quoting_header = arrow::csv::QuotingStyle::Needed;
        ARROW_ASSIGN_OR_RAISE(writer->writer_, arrow::csv::MakeCSVWriter(sink, schema, options));
        return writer;
    }

  protected:
    using TableWriter::TableWriter;
    Status write_batch(const std::shared_ptr<arrow::RecordBatch> &batch) override {
        return writer_->WriteRecordBatch(*batch);
    }
    Status finish() override { return writer_->Close(); }

  private:
    std::shared_ptr<arrow::ipc::RecordBatchWriter> writer_;
};

} // namespace

Result<std::unique_ptr<TableWriter>> TableWriter::open(const std::string &path, int format, ArrowSchema *schema,
                                                       int threads) {
    ARROW_ASSIGN_OR_RAISE(auto imported, arrow::ImportSchema(schema));
    ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::FileOutputStream::Open(path));
    ARROW_ASSIGN_OR_RAISE(auto sink,
                          arrow::io::BufferedOutputStream::Create(1 << 20, arrow::default_memory_pool(), file));
    switch (format) {
    case SLUICE_TABLE_PARQUET: {
        ARROW_ASSIGN_OR_RAISE(auto writer, ParquetWriter::make(sink, imported, threads));
        writer->is_behind_ = threads > 1;
        return writer;
    }
    case SLUICE_TABLE_CSV: return CSVWriter::make(sink, imported);
    case SLUICE_TABLE_STREAM: return IPCWriter::make(sink, imported, false);
    case SLUICE_TABLE_FILE: return IPCWriter::make(sink, imported, true);
    default: return Status::Invalid("unknown table format");
    }
}

Status TableWriter::write(ArrowArray *batch) {
    ARROW_ASSIGN_OR_RAISE(auto imported, arrow::ImportRecordBatch(batch, schema_));
    if (!is_behind_) return write_batch(imported);
    ARROW_RETURN_NOT_OK(wait());
    batch_ = std::async(std::launch::async, [this, imported] { return write_batch(imported); });
    return Status::OK();
}

Status TableWriter::wait() { return batch_.valid() ? batch_.get() : Status::OK(); }

Status TableWriter::close() {
    Status written = wait();
    Status status = written.ok() ? finish() : written;
    Status closed = sink_->Close();
    return status.ok() ? closed : status;
}

} // namespace sluice
