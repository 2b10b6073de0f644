#include "ca/tellers.h"

#include <utility>

#include "base/file.h"
#include "base/status.h"
#include "ca/webhooks/poster.h"
#include "fmt/format.h"

namespace mayfly {
namespace {

constexpr size_t kLeastSecret = 16;
constexpr size_t kMostSecret = 1024;
constexpr int kEventsAtATime = 100;

std::string_view NameOf(ledger::HappeningKind kind) {
  switch (kind) {
    case ledger::HappeningKind::kRequestWaiting:
      return "request-waiting";
    case ledger::HappeningKind::kRequestApproved:
      return "request-approved";
    case ledger::HappeningKind::kRequestClosed:
      return "request-closed";
    case ledger::HappeningKind::kBreakGlass:
      return "break-glass";
    case ledger::HappeningKind::kReviewClosed:
      return "review-closed";
    case ledger::HappeningKind::kPolicyChanged:
      return "policy-changed";
    case ledger::HappeningKind::kPolicyRefused:
      return "policy-refused";
    case ledger::HappeningKind::kRevocation:
      return "revocation";
    case ledger::HappeningKind::kStrangers:
      return "strangers";
    case ledger::HappeningKind::kDenial:
      break;
  }
  return "denial";
}

absl::StatusOr<webhooks::Batch> ReadBatch(ledger::Ledger& ledger, int64_t after) {
  MAYFLY_ASSIGN_OR_RETURN(const ledger::Happenings happenings,
                          ledger.ReadHappenings(after, kEventsAtATime));
  webhooks::Batch batch;
  batch.read_to = happenings.read_to;
  for (const ledger::Happening& from : happenings.list) {
    webhooks::Event event;
    event.id = from.sequence;
    event.name = NameOf(from.kind);
    event.time = from.time;
    event.subject = from.subject;
    event.request_id = from.request_id;
    event.details = from.details;
    batch.events.push_back(std::move(event));
  }
  return batch;
}

}  // namespace

absl::StatusOr<std::vector<webhooks::Endpoint>> ReadEndpoints(const config::Config& config) {
  std::vector<webhooks::Endpoint> endpoints;
  for (const config::Webhook& from : config.webhooks) {
    const std::string what = fmt::format("webhook {}", from.name);
    MAYFLY_RETURN_IF_ERROR(Annotate(webhooks::CheckUrl(from.url), what));
    MAYFLY_ASSIGN_OR_RETURN(SecretBytes secret, Annotate(ReadSecretFile(from.secret_path), what));
    const bool newline =
        secret.Expose([](BytesView bytes) { return !bytes.empty() && bytes.back() == '\n'; });
    if (newline) secret.Truncate(secret.size() - 1);
    if (secret.size() < kLeastSecret || secret.size() > kMostSecret) {
      return FailedPrecondition(
          fmt::format("{}: {} holds {} bytes; expected {} to {}, as from: openssl rand -hex 32",
                      what, from.secret_path, secret.size(), kLeastSecret, kMostSecret));
    }
    webhooks::Endpoint endpoint;
    endpoint.name = from.name;
    endpoint.url = from.url;
    endpoint.events = {from.events.begin(), from.events.end()};
    endpoint.roots_file = from.roots_path;
    endpoint.secret = std::move(secret);
    endpoints.push_back(std::move(endpoint));
  }
  return endpoints;
}

absl::StatusOr<std::unique_ptr<webhooks::Sender>> StartWebhooks(const config::Config& config,
                                                                const std::string& ca_id,
                                                                ledger::Ledger& ledger,
                                                                const Clock& clock, Log& log) {
  MAYFLY_ASSIGN_OR_RETURN(std::vector<webhooks::Endpoint> endpoints, ReadEndpoints(config));
  if (endpoints.empty()) return std::unique_ptr<webhooks::Sender>();
  webhooks::SenderOptions options;
  options.ca_name = config.name;
  options.ca_id = ca_id;
  webhooks::Queue queue;
  queue.read = [&ledger](int64_t after) { return ReadBatch(ledger, after); };
  queue.position = [&ledger](const std::string& endpoint) {
    return ledger.ReaderPosition("webhook " + endpoint);
  };
  queue.advance = [&ledger](const std::string& endpoint, int64_t position) {
    return ledger.AdvanceReader("webhook " + endpoint, position);
  };
  return std::make_unique<webhooks::Sender>(std::move(options), std::move(endpoints),
                                            std::move(queue), clock, log);
}

}  // namespace mayfly
