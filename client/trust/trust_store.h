// The CAs that this user trusts: one file each, DIRECTORY/trust/NAME.json.
#ifndef MAYFLY_CLIENT_TRUST_TRUST_STORE_H_
#define MAYFLY_CLIENT_TRUST_TRUST_STORE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/trust/trust_record.h"

namespace mayfly::client {

class TrustStore {
 public:
  explicit TrustStore(std::string_view config_directory);

  // Atomic and durable: whoever reads sees the old record or the new one.
  absl::Status Save(const TrustRecord& record) const;
  absl::StatusOr<TrustedCa> Load(const std::string& name) const;  // Verified again; kNotTrusted.
  absl::Status Remove(const std::string& name) const;
  std::vector<std::string> Names() const;  // Sorted.

  // The CA of that name; without one, the only CA there is. kNotTrusted when there is none, kUsage
  // when there are several.
  absl::StatusOr<TrustedCa> Choose(const std::string& name) const;

 private:
  std::string Path(const std::string& name) const;
  const std::string directory_;
};

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_TRUST_TRUST_STORE_H_
