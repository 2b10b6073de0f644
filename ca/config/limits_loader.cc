#include "ca/config/limits_loader.h"

#include <algorithm>
#include <string>

#include "fmt/format.h"

namespace mayfly::config {
namespace {

class LimitsReader {
 public:
  LimitsReader(const document::SourceMap& map, document::Diagnostics& errors)
      : map_(map), errors_(errors) {}

  void Number(const char* field, uint32_t value, int least, int most, int& to) {
    const std::string path = document::FieldPath("limits", field);
    if (!map_.Contains(path)) return;
    if (value < static_cast<uint32_t>(least) || value > static_cast<uint32_t>(most)) {
      errors_.Add(map_.At(path, fmt::format("expected {} to {}", least, most)));
      return;
    }
    to = static_cast<int>(value);
  }

  void Seconds(const char* field, const google::protobuf::Duration& value, absl::Duration& to) {
    const std::string path = document::FieldPath("limits", field);
    if (!map_.Contains(path)) return;
    if (value.seconds() < 1 || value.seconds() > 60) {
      errors_.Add(map_.At(path, "expected between 1s and 60s"));
      return;
    }
    to = absl::Seconds(value.seconds());
  }

  void NotAbove(const char* part, int part_value, const char* whole, int whole_value) {
    if (part_value <= whole_value) return;
    const std::string path = document::FieldPath("limits", part);
    // A default is above only because the whole was lowered; it is lowered with it.
    if (map_.Contains(path)) {
      errors_.Add(map_.At(path, fmt::format("more than {}, {}", whole, whole_value)));
    }
  }

 private:
  const document::SourceMap& map_;
  document::Diagnostics& errors_;
};

}  // namespace

model::Limits LoadLimits(const v1::ConfigLimits& from, const document::SourceMap& map,
                         document::Diagnostics& errors) {
  constexpr int kMost = 1000000;
  model::Limits limits;
  LimitsReader read(map, errors);
  read.Number("max_connections", from.max_connections(), 1, 100000, limits.max_connections);
  read.Number("max_connections_per_source", from.max_connections_per_source(), 1, 100000,
              limits.max_connections_per_source);
  read.Number("max_silent_connections", from.max_silent_connections(), 1, 100000,
              limits.max_silent_connections);
  read.Number("max_silent_connections_per_source", from.max_silent_connections_per_source(), 1,
              100000, limits.max_silent_connections_per_source);
  read.Seconds("first_call_within", from.first_call_within(), limits.first_call_within);
  read.Number("max_streams_per_connection", from.max_streams_per_connection(), 1, 10000,
              limits.max_streams_per_connection);
  // The least holds a call with one document of 64 KiB.
  read.Number("max_message_size", from.max_message_size(), 80 << 10, 4 << 20,
              limits.max_message_size);
  read.Seconds("request_timeout", from.request_timeout(), limits.request_timeout);
  read.Number("max_in_flight", from.max_in_flight(), 1, 100000, limits.max_in_flight);
  read.Number("max_in_flight_per_source", from.max_in_flight_per_source(), 1, 100000,
              limits.max_in_flight_per_source);
  read.Number("calls_per_second_per_source", from.calls_per_second_per_source(), 1, kMost,
              limits.calls_per_second_per_source);
  read.Number("calls_per_second_per_subject", from.calls_per_second_per_subject(), 1, kMost,
              limits.calls_per_second_per_subject);
  read.Number("refusals_per_minute_per_source", from.refusals_per_minute_per_source(), 1, kMost,
              limits.refusals_per_minute_per_source);
  read.Number("refusals_per_minute_per_subject", from.refusals_per_minute_per_subject(), 1, kMost,
              limits.refusals_per_minute_per_subject);
  read.Number("stranger_log_lines_per_minute", from.stranger_log_lines_per_minute(), 1, kMost,
              limits.stranger_log_lines_per_minute);
  read.Number("min_free_disk_mib", from.min_free_disk_mib(), 1, kMost, limits.min_free_disk_mib);
  read.NotAbove("max_connections_per_source", limits.max_connections_per_source, "max_connections",
                limits.max_connections);
  read.NotAbove("max_silent_connections", limits.max_silent_connections, "max_connections",
                limits.max_connections);
  read.NotAbove("max_in_flight_per_source", limits.max_in_flight_per_source, "max_in_flight",
                limits.max_in_flight);
  limits.max_connections_per_source =
      std::min(limits.max_connections_per_source, limits.max_connections);
  limits.max_silent_connections = std::min(limits.max_silent_connections, limits.max_connections);
  limits.max_silent_connections_per_source =
      std::min(limits.max_silent_connections_per_source, limits.max_silent_connections);
  limits.max_in_flight_per_source = std::min(limits.max_in_flight_per_source, limits.max_in_flight);
  return limits;
}

}  // namespace mayfly::config
