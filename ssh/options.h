// Critical options and extensions of certificates (PROTOCOL.certkeys): sorted names, nested
// strings.
#ifndef MAYFLY_SSH_OPTIONS_H_
#define MAYFLY_SSH_OPTIONS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "base/network.h"

namespace mayfly::ssh {

class Writer;

// Names that OpenSSH knows. Which list a name belongs to is fixed here: a critical option among the
// extensions is accepted by every verifier and enforced by none.
inline constexpr std::string_view kForceCommand = "force-command";
inline constexpr std::string_view kSourceAddress = "source-address";
inline constexpr std::string_view kVerifyRequired = "verify-required";
// permit-X11-forwarding, permit-agent-forwarding, permit-port-forwarding, permit-pty,
// permit-user-rc, no-touch-required; in lexical order.
const std::vector<std::string>& KnownExtensions();
const std::vector<std::string>& KnownCriticalOptions();

// As kMaxCertificateSize: no larger list could stand in a certificate.
inline constexpr size_t kMaxOptionsSize = 64 * 1024;

struct Option {
  std::string name;
  Bytes data;  // As on the wire inside the data string: empty for a flag, else a nested string.
  friend bool operator==(const Option&, const Option&) = default;
};

// A list of options, always sorted by name with each name once.
class OptionList {
 public:
  // The contents of the "critical options" or "extensions" string. Refuses unsorted, repeated and
  // empty names.
  static absl::StatusOr<OptionList> Parse(BytesView encoded);
  Bytes Encode() const;
  void WriteTo(Writer& writer) const;  // The same, appended.

  // kAlreadyExists when the name is there; kInvalidArgument for an empty name, or a name or value
  // with a NUL. The list stays as it was after an error.
  absl::Status AddFlag(std::string_view name);
  absl::Status AddText(std::string_view name, std::string_view value);

  bool Has(std::string_view name) const { return Find(name) != nullptr; }
  // The nested string; kNotFound without that option, kInvalidArgument when its data is not one
  // string.
  absl::StatusOr<std::string> Text(std::string_view name) const;
  const Option* Find(std::string_view name) const;
  const std::vector<Option>& options() const { return options_; }
  std::vector<std::string> names() const;
  bool empty() const { return options_.empty(); }
  friend bool operator==(const OptionList&, const OptionList&) = default;

 private:
  absl::Status Add(Option option);
  std::vector<Option> options_;
};

// The value of source-address: networks in canonical form, comma-separated, no blanks. Never empty;
// refuses a network of prefix 0, which restricts nothing. The parser takes an address without
// prefix too (some tools write one), so format again before you sign.
absl::StatusOr<std::string> FormatSourceAddress(const std::vector<IpNetwork>& networks);
absl::StatusOr<std::vector<IpNetwork>> ParseSourceAddress(std::string_view value);

}  // namespace mayfly::ssh

#endif  // MAYFLY_SSH_OPTIONS_H_
