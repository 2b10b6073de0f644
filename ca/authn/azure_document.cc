#include "ca/authn/azure_document.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "base/status.h"
#include "base/text.h"
#include "ca/authn/json_object.h"
#include "ca/authn/refusal.h"
#include "ca/authn/signed_content.h"
#include "ca/model/host_keys.h"
#include "fmt/format.h"

namespace mayfly::authn {
namespace {

using Members = std::map<std::string, std::string>;

std::string Member(const Members& members, const char* name) {
  const auto found = members.find(name);
  return found == members.end() ? std::string() : found->second;
}

// Lower case, for it stands in names and labels; empty when it is no UUID.
std::string Uuid(std::string_view from) {
  std::string text = absl::AsciiStrToLower(std::string(from));
  if (text.size() != 36) return {};
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (dash ? c != '-' : !hex) return {};
  }
  return text;
}

// "11/20/18 22:07:39 -0000"
absl::StatusOr<absl::Time> AzureTime(const std::string& text, std::string_view what) {
  absl::Time time;
  std::string error;
  if (absl::ParseTime("%m/%d/%y %H:%M:%S %z", text, &time, &error)) return time;
  return InvalidArgument(
      fmt::format("{}: '{}' is no time", what, EscapeForTerminal(text.substr(0, 80))));
}

}  // namespace

absl::StatusOr<AzureDocument> ParseAzureDocument(std::string_view json) {
  MAYFLY_ASSIGN_OR_RETURN(const Members members, FlattenJson(json));
  AzureDocument document;
  document.vm = Uuid(Member(members, "vmId"));
  if (document.vm.empty()) return InvalidArgument("vmId: expected a UUID");
  document.subscription = Uuid(Member(members, "subscriptionId"));
  if (document.subscription.empty()) return InvalidArgument("subscriptionId: expected a UUID");
  document.nonce = Member(members, "nonce");
  document.sku = Member(members, "sku");
  MAYFLY_ASSIGN_OR_RETURN(document.created,
                          AzureTime(Member(members, "timeStamp/createdOn"), "createdOn"));
  MAYFLY_ASSIGN_OR_RETURN(document.expires,
                          AzureTime(Member(members, "timeStamp/expiresOn"), "expiresOn"));
  return document;
}

absl::StatusOr<std::string> AzureSignatureOf(std::string_view answer) {
  MAYFLY_ASSIGN_OR_RETURN(const Members members, FlattenJson(answer));
  if (Member(members, "encoding") != "pkcs7") return InvalidArgument("encoding: expected pkcs7");
  std::string signature = Member(members, "signature");
  if (signature.empty()) return InvalidArgument("signature: is missing");
  return signature;
}

AzureVerifier::AzureVerifier(Options options) : options_(std::move(options)) {}

std::vector<std::string> AzureVerifier::placeholders() const { return {"subscription", "vm"}; }

absl::StatusOr<AttestedInstance> AzureVerifier::Verify(const AuthenticationContext& context) const {
  const absl::StatusOr<std::string> signature = AzureSignatureOf(AsText(context.header.bearer));
  if (!signature.ok()) return Refuse(cause::kBadDocument, Message(signature.status()));
  const absl::StatusOr<SignedContent> content = SignedContent::Parse(*signature);
  if (!content.ok()) return Refuse(cause::kBadDocument, Message(content.status()));
  const absl::StatusOr<std::string> json =
      VerifyByChain(*content, *options_.roots(), options_.signers, context.now);
  if (!json.ok()) return Refuse(cause::kBadSignature, Message(json.status()));
  const absl::StatusOr<AzureDocument> document = ParseAzureDocument(*json);
  if (!document.ok()) return Refuse(cause::kBadDocument, Message(document.status()));
  const bool is_ours = std::ranges::any_of(options_.subscriptions, [&](const std::string& one) {
    return absl::AsciiStrToLower(one) == document->subscription;
  });
  if (!is_ours) {
    return Refuse(cause::kWrongAccount,
                  fmt::format("a machine of the subscription {}", document->subscription));
  }
  if (context.now - document->created > options_.max_age ||
      context.now - document->created < -kCloudSkew || context.now >= document->expires) {
    return Refuse(cause::kTokenExpired,
                  fmt::format("the document of {} was made at {} and ends at {}; at most {} old is "
                              "taken",
                              document->vm, TimeText(document->created),
                              TimeText(document->expires), DurationText(options_.max_age)));
  }
  if (document->nonce != model::AzureNonce(context.header.host_keys)) {
    return Refuse(cause::kBadDocument, "the document was made for other host keys");
  }
  AttestedInstance instance;
  instance.id = fmt::format("azure/{}/{}", document->subscription, document->vm);
  instance.values = {{"subscription", document->subscription}, {"vm", document->vm}};
  instance.labels = {
      {"cloud", "azure"}, {"instance", document->vm}, {"account", document->subscription}};
  return instance;
}

}  // namespace mayfly::authn
