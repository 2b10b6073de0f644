#include "client/operator/operator.h"

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "client/command_line/output.h"
#include "client/failure.h"
#include "client/join_token.h"
#include "client/login/caller.h"
#include "client/print.h"
#include "fmt/format.h"
#include "ssh/private_key.h"

namespace mayfly::client {
namespace {

constexpr size_t kSeedSize = 32;

absl::Status RunList(const Context& context, const ListOptions& options) {
  MAYFLY_ASSIGN_OR_RETURN(Caller caller, Caller::ConnectAsSession(context));
  v1::CallDocument document;
  v1::ListCertificates& query = *document.mutable_list_certificates();
  query.set_subject(options.subject);
  query.set_all(options.all);
  query.set_only_valid(options.only_valid);
  query.set_limit(options.limit);
  query.set_before_serial(options.before_serial);
  MAYFLY_ASSIGN_OR_RETURN(const v1::ListCertificatesResponse response,
                          caller.Call(&CaClient::ListCertificates, document));
  if (context.json) {
    nlohmann::ordered_json json = {{"certificates", nlohmann::ordered_json::array()}};
    for (const v1::CertificateRecord& record : response.certificates()) {
      json["certificates"].push_back(RecordJson(record));
    }
    json["next_before_serial"] = std::to_string(response.next_before_serial());
    PrintJson(context, json);
    return absl::OkStatus();
  }
  const absl::Time now = context.clock.Now();
  std::vector<std::vector<std::string>> rows;
  for (const v1::CertificateRecord& record : response.certificates()) {
    rows.push_back({std::to_string(record.serial()), EscapeForTerminal(record.kind()),
                    EscapeForTerminal(record.subject()), EscapeForTerminal(record.grant()),
                    RelativeText(FromProto(record.valid_before()), now),
                    ListText({record.principals().begin(), record.principals().end()}) +
                        (record.is_signed() ? "" : " (never signed)")});
  }
  PrintTable(context.out, {"SERIAL", "KIND", "SUBJECT", "GRANT", "ENDS", "OPENS"}, rows);
  if (rows.empty()) context.Say("no certificate");
  if (response.next_before_serial() != 0) {
    context.Hint(fmt::format("older ones: --before {}", response.next_before_serial()));
  }
  return absl::OkStatus();
}

absl::Status RunShow(const Context& context, uint64_t serial) {
  MAYFLY_ASSIGN_OR_RETURN(Caller caller, Caller::ConnectAsSession(context));
  v1::CallDocument document;
  document.mutable_get_certificate()->set_serial(serial);
  MAYFLY_ASSIGN_OR_RETURN(const v1::GetCertificateResponse response,
                          caller.Call(&CaClient::GetCertificate, document));
  if (context.json) {
    nlohmann::ordered_json json = RecordJson(response.record());
    json["certificate"] = Base64Encode(AsBytes(response.certificate()));
    json["events"] = nlohmann::ordered_json::array();
    for (const v1::LedgerRecord& event : response.events()) {
      json["events"].push_back(LedgerJson(event));
    }
    PrintJson(context, json);
    return absl::OkStatus();
  }
  PrintRecord(context, response.record());
  for (const v1::LedgerRecord& event : response.events()) PrintLedger(context, event);
  context.Hint(fmt::format("why it was granted: mayfly why {}",
                           EscapeForTerminal(response.record().request_id())));
  return absl::OkStatus();
}

absl::Status FillToken(const TokenOptions& options, v1::CreateJoinToken& parameters) {
  parameters.set_authenticator(options.authenticator);
  parameters.set_uses(options.uses);
  absl::StatusOr<absl::Duration> lifetime = ParseDuration(options.lifetime);
  if (!lifetime.ok()) return WithExitCode(Annotate(lifetime.status(), "--ttl"), ExitCode::kUsage);
  parameters.mutable_lifetime()->set_seconds(absl::ToInt64Seconds(*lifetime));
  parameters.set_name_pattern(options.name_pattern);
  parameters.set_replaces(options.replaces);
  parameters.set_description(options.description);
  for (const std::string& network : options.networks) parameters.add_networks(network);
  for (const std::string& label : options.labels) {
    const size_t equals = label.find('=');
    if (equals == std::string::npos) {
      return Failure(ExitCode::kUsage,
                     fmt::format("--label {}: expected key=value", EscapeForTerminal(label)));
    }
    (*parameters.mutable_labels())[label.substr(0, equals)] = label.substr(equals + 1);
  }
  return absl::OkStatus();
}

// A token that is lost for want of a place to write it could not be made again.
absl::Status CheckTokenFile(const std::string& path) {
  if (!path.empty() && FileExists(path)) {
    return Failure(
        ExitCode::kLocal,
        fmt::format("{} exists; a token is never written over a file", EscapeForTerminal(path)),
        "choose another --out, or remove it");
  }
  return absl::OkStatus();
}

absl::Status WriteToken(const std::string& path, const SecretBytes& token) {
  return token.Expose([&](BytesView text) -> absl::Status {
    const absl::Status written = CreateFile(path, fmt::format("{}\n", AsText(text)), 0600);
    return written.ok() ? written : WithExitCode(written, ExitCode::kLocal);
  });
}

absl::Status RunCreateToken(const Context& context, const TokenOptions& options) {
  MAYFLY_RETURN_IF_ERROR(CheckTokenFile(options.out));
  MAYFLY_ASSIGN_OR_RETURN(Caller caller, Caller::ConnectAsSession(context));
  JoinToken token;
  MAYFLY_ASSIGN_OR_RETURN(token.ca_id, ssh::Fingerprint::Parse(caller.ca_id()));
  token.seed = SecretBytes(kSeedSize);
  token.seed.Fill([&](std::span<uint8_t> bytes) { context.random.Fill(bytes); });
  MAYFLY_ASSIGN_OR_RETURN(const ssh::PrivateKey key, ssh::PrivateKey::Ed25519FromSeed(token.seed));

  v1::CallDocument document;
  v1::CreateJoinToken& parameters = *document.mutable_create_join_token();
  parameters.set_public_key(ToText(key.public_key().blob()));
  MAYFLY_RETURN_IF_ERROR(FillToken(options, parameters));
  MAYFLY_ASSIGN_OR_RETURN(const v1::CreateJoinTokenResponse response,
                          caller.Call(&CaClient::CreateJoinToken, document,
                                      {KeySigner{key.public_key(), key.signer()}}));
  token.addresses.assign(response.addresses().begin(), response.addresses().end());
  const SecretBytes formatted = FormatJoinToken(token);
  // What a host would refuse must not be handed out.
  if (!ParseJoinToken(formatted).ok()) {
    return Failure(ExitCode::kInternal, "the CA gave no address that hosts could use",
                   "set `addresses` in mayflyd.yaml to HOST:PORT, one to sixteen of them");
  }
  if (options.out.empty()) {
    formatted.Expose([&](BytesView text) { context.out << AsText(text) << "\n"; });
  } else {
    MAYFLY_RETURN_IF_ERROR(WriteToken(options.out, formatted));
  }
  context.Say(
      fmt::format("a token for {}, good for {} until {}", EscapeForTerminal(options.name_pattern),
                  options.uses == 1 ? std::string("one use") : fmt::format("{} uses", options.uses),
                  TimeText(FromProto(response.expires_at()))));
  context.Hint(fmt::format("it is a secret; on the host: mayfly host enroll --token-file {}",
                           options.out.empty() ? "FILE" : EscapeForTerminal(options.out)));
  return absl::OkStatus();
}

absl::Status RunApplyPolicy(const Context& context, bool allow_widening) {
  MAYFLY_ASSIGN_OR_RETURN(Caller caller, Caller::ConnectAsSession(context));
  v1::CallDocument document;
  document.mutable_apply_policy()->set_allow_widening(allow_widening);
  MAYFLY_ASSIGN_OR_RETURN(const v1::ApplyPolicyResponse response,
                          caller.Call(&CaClient::ApplyPolicy, document));
  if (context.json) {
    PrintJson(context, {{"hash", response.hash()},
                        {"previous", response.previous_hash()},
                        {"widenings", std::vector<std::string>(response.widenings().begin(),
                                                               response.widenings().end())}});
    return absl::OkStatus();
  }
  context.out << fmt::format("policy {} is in force{}\n", response.hash().substr(0, 16),
                             response.hash() == response.previous_hash() ? ", as before" : "");
  for (const std::string& widening : response.widenings()) {
    context.out << fmt::format("  widened: {}\n", EscapeForTerminal(widening));
  }
  return absl::OkStatus();
}

}  // namespace

ExitCode ListCertificates(const Context& context, const ListOptions& options) {
  return context.Finish(RunList(context, options));
}
ExitCode ShowCertificate(const Context& context, uint64_t serial) {
  return context.Finish(RunShow(context, serial));
}
ExitCode CreateToken(const Context& context, const TokenOptions& options) {
  return context.Finish(RunCreateToken(context, options));
}
ExitCode ApplyPolicy(const Context& context, bool allow_widening) {
  return context.Finish(RunApplyPolicy(context, allow_widening));
}

}  // namespace mayfly::client
