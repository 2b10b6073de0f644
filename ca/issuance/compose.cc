#include "ca/issuance/compose.h"

#include <algorithm>

#include "base/status.h"

namespace mayfly::issuance {
namespace {

absl::StatusOr<ssh::OptionList> CriticalOptions(const model::Terms& terms) {
  ssh::OptionList options;
  if (terms.force_command) {
    MAYFLY_RETURN_IF_ERROR(options.AddText(ssh::kForceCommand, *terms.force_command));
  }
  if (!terms.source_addresses.empty()) {
    MAYFLY_ASSIGN_OR_RETURN(const std::string value,
                            ssh::FormatSourceAddress(terms.source_addresses));
    MAYFLY_RETURN_IF_ERROR(options.AddText(ssh::kSourceAddress, value));
  }
  if (terms.verify_required) MAYFLY_RETURN_IF_ERROR(options.AddFlag(ssh::kVerifyRequired));
  return options;
}

absl::StatusOr<ssh::OptionList> Extensions(const model::Terms& terms) {
  ssh::OptionList options;
  for (const std::string& name : terms.extensions) MAYFLY_RETURN_IF_ERROR(options.AddFlag(name));
  for (const auto& [name, value] : terms.custom_extensions) {
    MAYFLY_RETURN_IF_ERROR(options.AddText(name, value));
  }
  return options;
}

}  // namespace

absl::StatusOr<ssh::CertificateBody> Compose(const Ingredients& ingredients) {
  const model::Terms& terms = ingredients.terms;
  MAYFLY_ASSIGN_OR_RETURN(ssh::OptionList critical_options, CriticalOptions(terms));
  MAYFLY_ASSIGN_OR_RETURN(ssh::OptionList extensions, Extensions(terms));
  const int64_t now_s = absl::ToUnixSeconds(ingredients.now);
  return ssh::CertificateBody{
      .key = ingredients.key,
      .nonce = ingredients.nonce,
      .serial = ingredients.serial,
      .kind = terms.kind,
      .key_id = ingredients.key_id.ToString(),
      .principals = terms.principals,
      .valid_after_unix_s =
          static_cast<uint64_t>(now_s - absl::ToInt64Seconds(ingredients.backdate)),
      .valid_before_unix_s = static_cast<uint64_t>(now_s + absl::ToInt64Seconds(terms.lifetime)),
      .critical_options = std::move(critical_options),
      .extensions = std::move(extensions),
      .reserved = {},
      .signature_key = ingredients.ca_key,
  };
}

}  // namespace mayfly::issuance
