// Subjects: who owns keys, epochs, bans and sessions.
#ifndef MAYFLY_CA_MODEL_SUBJECT_H_
#define MAYFLY_CA_MODEL_SUBJECT_H_

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace mayfly::model {

enum class SubjectKind { kUser, kHost };
std::string_view SubjectKindName(SubjectKind kind);  // "user", "host"

// One person, workload or host within a realm: `kind:name@realm`. Several authenticators of a realm
// may prove the same subject. Grammar (docs/formats/key-id.md):
//   user name  [A-Za-z0-9._+@-]{1,64}, not starting with '-' or '.'
//   host name  a lower-case host name or an IP address in canonical form, at most 128 bytes
//   realm      [a-z0-9][a-z0-9-]{0,31}
struct Subject {
  SubjectKind kind = SubjectKind::kUser;
  std::string name;
  std::string realm;

  static absl::StatusOr<Subject> Create(SubjectKind kind, std::string_view name,
                                        std::string_view realm);
  static absl::StatusOr<Subject> Parse(std::string_view text);  // "user:alice@people"
  std::string ToString() const;
  friend auto operator<=>(const Subject&, const Subject&) = default;
};

// The key ID of every certificate of a subject while its epoch lasts: `user:alice@people/3`. Each
// part is percent-encoded outside [A-Za-z0-9._+-]; at most 200 bytes. Revoking a subject is one
// such key ID.
struct KeyId {
  Subject subject;
  uint64_t epoch = 1;  // From 1.

  static absl::StatusOr<KeyId> Parse(std::string_view text);
  std::string ToString() const;
  friend auto operator<=>(const KeyId&, const KeyId&) = default;
};
inline constexpr size_t kMaxKeyIdSize = 200;

// Labels of a host: keys and values [a-z0-9_.-]{1,63}, at most 32 of them.
using Labels = std::map<std::string, std::string>;
absl::Status CheckLabels(const Labels& labels);

}  // namespace mayfly::model

#endif  // MAYFLY_CA_MODEL_SUBJECT_H_
