// Text and JSON for the commands' results.
#ifndef MAYFLY_CLIENT_PRINT_H_
#define MAYFLY_CLIENT_PRINT_H_

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "nlohmann/json_fwd.hpp"

namespace mayfly::client {

// Rows under a heading, columns as wide as their widest cell, two blanks between. Cells are escaped
// already; the last column is not padded. Nothing for no rows.
void PrintTable(std::ostream& out, const std::vector<std::string>& heading,
                const std::vector<std::vector<std::string>>& rows);

// Indented, with a final newline; bytes that are not UTF-8 are replaced.
void PrintJson(std::ostream& out, const nlohmann::json& json);

// "in 7h59m", "3d ago", "now": two units at most.
std::string RelativeText(absl::Time time, absl::Time now);
// A duration in two units at most: "7h59m", "3d", "12s".
std::string RoughText(absl::Duration duration);
// "2026-11-23T09:18:00Z (in 8h)".
std::string TimeWithRelative(absl::Time time, absl::Time now);

// Escaped items, separated by ", "; "none" without any.
std::string ListText(const std::vector<std::string>& items);

// "SHA256:…" cut for a table.
std::string ShortFingerprint(std::string_view fingerprint);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_PRINT_H_
