#include "client/login/chosen_ca.h"

#include "base/status.h"
#include "client/rpc/ca_client.h"
#include "client/trust/bootstrap.h"
#include "client/trust/trust_store.h"

namespace mayfly::client {
namespace {

constexpr absl::Duration kRefreshBefore = absl::Hours(24 * 3);

}  // namespace

absl::StatusOr<TrustedCa> ChosenCa(const Context& context) {
  MAYFLY_ASSIGN_OR_RETURN(const std::string folder, context.ConfigDirectory());
  const TrustStore store(folder);
  MAYFLY_ASSIGN_OR_RETURN(TrustedCa held, store.Choose(context.ca_name));
  const absl::Time now = context.clock.Now();
  if (now < held.manifest.valid_until - kRefreshBefore) return held;
  const std::unique_ptr<CaClient> ca = CaClient::Unverified(held.record.address, context.timeout);
  absl::StatusOr<TrustedCa> fresh = FetchTrust(*ca, held.record.name, held.record.address,
                                               held.record.ca_id, now, held.manifest.version);
  if (!fresh.ok()) {
    if (now < held.manifest.valid_until) return held;  // Good for some days yet.
    return fresh.status();
  }
  MAYFLY_RETURN_IF_ERROR(store.Save(fresh->record));
  return fresh;
}

}  // namespace mayfly::client
