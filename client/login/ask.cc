#include "client/login/ask.h"

#include "base/status.h"
#include "base/text.h"
#include "client/failure.h"

namespace mayfly::client {

absl::StatusOr<v1::UserAsk> ToProto(const AskOptions& options) {
  v1::UserAsk ask;
  ask.set_grant(options.grant);
  ask.set_target_host(options.host);
  for (const std::string& login : options.logins) ask.add_logins(login);
  if (!options.lifetime.empty()) {
    absl::StatusOr<absl::Duration> lifetime = ParseDuration(options.lifetime);
    if (!lifetime.ok()) {
      return WithExitCode(Annotate(lifetime.status(), "--lifetime"), ExitCode::kUsage);
    }
    ask.mutable_lifetime()->set_seconds(absl::ToInt64Seconds(*lifetime));
  }
  if (options.no_extensions && !options.extensions.empty()) {
    return Failure(ExitCode::kUsage, "--extension and --no-extensions contradict each other");
  }
  ask.set_choose_extensions(options.no_extensions || !options.extensions.empty());
  for (const std::string& extension : options.extensions) ask.add_extensions(extension);
  ask.set_force_command(options.force_command);
  for (const std::string& source : options.source_addresses) ask.add_source_addresses(source);
  ask.set_reason(options.reason);
  return ask;
}

}  // namespace mayfly::client
