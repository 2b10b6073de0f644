#include "client/host/introduction.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>

#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "ca/model/host_keys.h"
#include "ca/model/principal.h"
#include "client/failure.h"
#include "client/host/instance_document.h"
#include "client/join_token.h"
#include "client/login/chosen_ca.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

absl::StatusOr<JoinToken> ReadToken(const std::string& file) {
  absl::StatusOr<SecretBytes> text = file == "-"
                                         ? ReadSecretDescriptor(STDIN_FILENO, kMaxJoinTokenSize)
                                         : ReadSecretFile(file, kMaxJoinTokenSize);
  if (!text.ok()) return Annotate(text.status(), "--token-file");
  return ParseJoinToken(*text);
}

absl::StatusOr<std::string> HostName(const std::string& given) {
  std::string name = given;
  if (name.empty()) {
    std::array<char, 256> buffer = {};
    if (gethostname(buffer.data(), buffer.size() - 1) != 0) return ErrnoStatus(errno, "hostname");
    name = buffer.data();
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  }
  const absl::Status status = model::CheckHostName(name);
  if (!status.ok()) return WithExitCode(Annotate(status, "--hostname"), ExitCode::kUsage);
  return name;
}

absl::StatusOr<Introduction> ByToken(const EnrollOptions& options) {
  MAYFLY_ASSIGN_OR_RETURN(const JoinToken token, ReadToken(options.token_file));
  Introduction introduction;
  MAYFLY_ASSIGN_OR_RETURN(introduction.hostname, HostName(options.hostname));
  introduction.addresses = token.addresses;
  introduction.ca_id = token.ca_id;
  MAYFLY_ASSIGN_OR_RETURN(ssh::PrivateKey made, ssh::PrivateKey::Ed25519FromSeed(token.seed));
  const auto key = std::make_shared<const ssh::PrivateKey>(std::move(made));
  introduction.credential = {
      v1::CREDENTIAL_KIND_JOIN_TOKEN, "",
      KeySigner{key->public_key(), [key](BytesView message) { return key->Sign(message); }}, ""};
  return introduction;
}

// Where the CA is and which it is: as given, or as this user trusts it.
absl::Status FindCa(const Context& context, const EnrollOptions& options,
                    Introduction& introduction) {
  if (options.addresses.empty() != options.fingerprint.empty()) {
    return Failure(ExitCode::kUsage, "--address and --fingerprint belong together",
                   "give both, or neither after: mayfly trust add URL --fingerprint SHA256:...");
  }
  if (!options.addresses.empty()) {
    absl::StatusOr<ssh::Fingerprint> ca_id = ssh::Fingerprint::Parse(options.fingerprint);
    if (!ca_id.ok()) {
      return WithExitCode(Annotate(ca_id.status(), "--fingerprint"), ExitCode::kUsage);
    }
    introduction.addresses = options.addresses;
    introduction.ca_id = *ca_id;
    return absl::OkStatus();
  }
  MAYFLY_ASSIGN_OR_RETURN(const TrustedCa ca, ChosenCa(context));
  introduction.addresses = {ca.record.address};
  introduction.ca_id = ca.record.ca_id;
  return absl::OkStatus();
}

Sha256Digest DigestOf(const std::vector<HostKey>& keys) {
  std::vector<Bytes> blobs;
  for (const HostKey& key : keys) blobs.push_back(ToBytes(key.key.public_key().blob()));
  return model::HostKeysDigest(std::move(blobs));
}

}  // namespace

absl::StatusOr<Introduction> Introduce(const Context& context, const EnrollOptions& options,
                                       const std::vector<HostKey>& keys) {
  if (options.from == "token") return ByToken(options);
  Introduction introduction;
  if (!options.hostname.empty()) {
    MAYFLY_ASSIGN_OR_RETURN(introduction.hostname, HostName(options.hostname));
  }
  MAYFLY_RETURN_IF_ERROR(FindCa(context, options, introduction));
  introduction.credential.authenticator = options.authenticator;
  if ((options.from == "azure-identity") == options.audience.empty()) {
    return Failure(ExitCode::kUsage,
                   "--audience belongs to --from azure-identity: the application that the token is "
                   "for, as the CA's configuration has it");
  }
  if (options.from == "mtls") {
    MAYFLY_RETURN_IF_ERROR(CheckClientCertificate(options.tls));
    introduction.credential.kind = v1::CREDENTIAL_KIND_MTLS;
    return introduction;
  }
  MAYFLY_ASSIGN_OR_RETURN(
      InstanceDocument document,
      FetchInstanceDocument(context, options.from,
                            {introduction.ca_id.text, DigestOf(keys), options.audience}));
  introduction.credential.kind = document.kind;
  introduction.credential.bearer = std::move(document.document);
  return introduction;
}

}  // namespace mayfly::client
