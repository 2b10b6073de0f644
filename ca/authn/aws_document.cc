#include "ca/authn/aws_document.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/network.h"
#include "base/status.h"
#include "base/text.h"
#include "ca/authn/json_object.h"
#include "ca/authn/refusal.h"
#include "ca/authn/signed_content.h"
#include "fmt/format.h"

namespace mayfly::authn {
namespace {

bool IsDigits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// Words of AWS: lower-case letters, digits, dashes and dots.
bool IsWord(std::string_view text) {
  return !text.empty() && text.size() <= 63 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

bool IsAmong(const std::vector<std::string>& all, const std::string& one) {
  return std::ranges::find(all, one) != all.end();
}

// 10.0.0.5 as a part of a name: 10-0-0-5.
std::string Dashed(std::string address) {
  std::ranges::replace(address, '.', '-');
  return address;
}

}  // namespace

absl::StatusOr<AwsDocument> ParseAwsDocument(std::string_view json) {
  using Members = std::map<std::string, std::string>;
  MAYFLY_ASSIGN_OR_RETURN(const Members members, FlattenJson(json));
  const auto member = [&](const char* name) {
    const auto found = members.find(name);
    return found == members.end() ? std::string() : found->second;
  };
  AwsDocument document;
  document.account = member("accountId");
  document.region = member("region");
  document.zone = member("availabilityZone");
  document.instance = member("instanceId");
  document.image = member("imageId");
  document.type = member("instanceType");
  document.private_ip = member("privateIp");
  if (document.account.size() != 12 || !IsDigits(document.account)) {
    return InvalidArgument("accountId: expected 12 digits");
  }
  const std::pair<const char*, const std::string*> words[] = {{"region", &document.region},
                                                              {"availabilityZone", &document.zone},
                                                              {"imageId", &document.image},
                                                              {"instanceType", &document.type},
                                                              {"instanceId", &document.instance}};
  for (const auto& [name, value] : words) {
    if (!IsWord(*value)) {
      return InvalidArgument(
          fmt::format("{}: '{}' cannot be", name, EscapeForTerminal(value->substr(0, 80))));
    }
  }
  if (!document.instance.starts_with("i-")) return InvalidArgument("instanceId: expected i-…");
  if (!document.private_ip.empty() && !IpAddress::Parse(document.private_ip).ok()) {
    return InvalidArgument("privateIp: not an address");
  }
  absl::StatusOr<absl::Time> started = ParseTime(member("pendingTime"));
  if (!started.ok()) return Annotate(started.status(), "pendingTime");
  document.started = *started;
  return document;
}

AwsVerifier::AwsVerifier(Options options) : options_(std::move(options)) {}

std::vector<std::string> AwsVerifier::placeholders() const {
  return {"account", "instance", "ip", "region", "zone"};
}

absl::StatusOr<AttestedInstance> AwsVerifier::Verify(const AuthenticationContext& context) const {
  const absl::StatusOr<SignedContent> content = SignedContent::Parse(AsText(context.header.bearer));
  if (!content.ok()) return Refuse(cause::kBadDocument, Message(content.status()));
  const absl::StatusOr<std::string> json =
      VerifyByPinned(*content, *options_.certificates(), context.now);
  if (!json.ok()) return Refuse(cause::kBadSignature, Message(json.status()));
  const absl::StatusOr<AwsDocument> document = ParseAwsDocument(*json);
  if (!document.ok()) return Refuse(cause::kBadDocument, Message(document.status()));
  if (!IsAmong(options_.accounts, document->account)) {
    return Refuse(cause::kWrongAccount,
                  fmt::format("an instance of the account {}", document->account));
  }
  if (!IsAmong(options_.regions, document->region)) {
    return Refuse(cause::kWrongAccount, fmt::format("an instance in {}", document->region));
  }
  const absl::Duration age = context.now - document->started;
  if (age > options_.max_age || age < -kCloudSkew) {
    return Refuse(cause::kTokenExpired,
                  fmt::format("{} was started at {}, {}; at most {} ago is taken",
                              document->instance, TimeText(document->started),
                              age < absl::ZeroDuration() ? "in the future" : "too long ago",
                              DurationText(options_.max_age)));
  }
  AttestedInstance instance;
  instance.id =
      fmt::format("aws/{}/{}/{}", document->account, document->region, document->instance);
  instance.values = {{"account", document->account},
                     {"instance", document->instance},
                     {"region", document->region},
                     {"zone", document->zone}};
  if (!document->private_ip.empty()) instance.values["ip"] = Dashed(document->private_ip);
  instance.labels = {{"cloud", "aws"},
                     {"account", document->account},
                     {"image", document->image},
                     {"instance", document->instance},
                     {"instance_type", document->type},
                     {"region", document->region},
                     {"zone", document->zone}};
  return instance;
}

}  // namespace mayfly::authn
