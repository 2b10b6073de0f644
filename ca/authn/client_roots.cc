#include "ca/authn/client_roots.h"

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/file.h"
#include "base/status.h"
#include "fmt/format.h"

namespace mayfly::authn {
namespace {

constexpr size_t kMaxRoots = 256;
constexpr size_t kMaxCrls = 256;
constexpr size_t kMaxIntermediates = 8;
constexpr int kMaxChainDepth = 8;

}  // namespace

struct ClientRoots::Snapshot {
  X509StorePointer store;
  std::vector<X509CrlPointer> crls;
  mutable RememberedCertificates remembered;  // By these roots and CRLs.
};

namespace {

// Whether a CA of the chain, below the root, is revoked by the CRL of the one above it. OpenSSL
// looks at the leaf alone unless there is a CRL for every CA, roots too.
absl::Status CheckIntermediates(X509_STORE_CTX* context, const std::vector<X509CrlPointer>& crls) {
  STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context);
  for (int i = 1; i + 1 < sk_X509_num(chain); ++i) {
    X509* certificate = sk_X509_value(chain, i);
    X509* issuer = sk_X509_value(chain, i + 1);
    for (const X509CrlPointer& crl : crls) {
      if (X509_NAME_cmp(X509_CRL_get_issuer(crl.get()), X509_get_subject_name(issuer)) != 0) {
        continue;
      }
      X509_REVOKED* entry = nullptr;
      if (X509_CRL_verify(crl.get(), X509_get0_pubkey(issuer)) == 1 &&
          X509_CRL_get0_by_cert(crl.get(), &entry, certificate) == 1) {
        return Unauthenticated("an intermediate CA of the client certificate is revoked");
      }
    }
  }
  return absl::OkStatus();
}

// The first time after `now` at which a verification could end otherwise: a certificate of the
// chain ends, or a CRL begins or ends, be it another CA's.
absl::Time NextChange(X509_STORE_CTX* context, const std::vector<X509CrlPointer>& crls,
                      absl::Time now) {
  absl::Time next = absl::InfiniteFuture();
  const auto consider = [&](const ASN1_TIME* time) {
    // One that has passed, is not there or cannot be read changes nothing any more.
    const absl::Time at = TimeOf(time).value_or(absl::InfinitePast());
    if (at > now) next = std::min(next, at);
  };
  STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context);
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    consider(X509_get0_notAfter(sk_X509_value(chain, i)));
  }
  for (const X509CrlPointer& crl : crls) {
    consider(X509_CRL_get0_lastUpdate(crl.get()));
    consider(X509_CRL_get0_nextUpdate(crl.get()));
  }
  return next;
}

}  // namespace

ClientRoots::ClientRoots(Options options)
    : options_(std::move(options)),
      files_({options_.roots_path, options_.crl_path}, [this] { return Read(options_); }) {}
ClientRoots::~ClientRoots() = default;

absl::StatusOr<std::unique_ptr<ClientRoots>> ClientRoots::Open(Options options) {
  std::unique_ptr<ClientRoots> roots(new ClientRoots(std::move(options)));
  MAYFLY_RETURN_IF_ERROR(roots->Reload(/*always=*/true));
  return roots;
}

absl::Status ClientRoots::Reload(bool always, bool* was_read) {
  return files_.Reload(always, was_read);
}

absl::StatusOr<std::shared_ptr<const ClientRoots::Snapshot>> ClientRoots::Read(
    const Options& options) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->store.reset(X509_STORE_new());
  MAYFLY_CHECK(snapshot->store != nullptr);
  MAYFLY_ASSIGN_OR_RETURN(const std::string pem, ReadFile(options.roots_path, kMaxPem));
  MAYFLY_ASSIGN_OR_RETURN(const std::vector<X509Pointer> roots,
                          Annotate(ParseCertificates(pem, kMaxRoots), options.roots_path));
  if (roots.empty()) {
    return InvalidArgument(fmt::format("{}: no PEM certificate in it", options.roots_path));
  }
  for (const X509Pointer& root : roots) {
    if (X509_check_ca(root.get()) == 0) {
      return InvalidArgument(
          fmt::format("{}: the certificate with serial {} is not a CA's: clients are known by the "
                      "CA that signs them",
                      options.roots_path, SerialHexOf(root.get())));
    }
    X509_STORE_add_cert(snapshot->store.get(), root.get());
  }
  if (!options.crl_path.empty()) {
    MAYFLY_ASSIGN_OR_RETURN(const std::string text, ReadFile(options.crl_path, kMaxPem));
    MAYFLY_ASSIGN_OR_RETURN(snapshot->crls, Annotate(ParseCrls(text, kMaxCrls), options.crl_path));
    if (snapshot->crls.empty()) {
      return InvalidArgument(fmt::format("{}: no PEM CRL in it", options.crl_path));
    }
    for (const X509CrlPointer& crl : snapshot->crls) {
      X509_STORE_add_crl(snapshot->store.get(), crl.get());
    }
  }
  TakeOpenSslError();  // The same certificate twice is no error.
  return std::shared_ptr<const Snapshot>(std::move(snapshot));
}

absl::StatusOr<VerifiedCertificate> ClientRoots::Verify(std::string_view leaf_pem,
                                                        std::string_view chain_pem,
                                                        absl::Time now) const {
  const std::shared_ptr<const Snapshot> snapshot = files_.Current();
  std::string text;
  text.reserve(leaf_pem.size() + 1 + chain_pem.size());
  text.append(leaf_pem).append(1, '\0').append(chain_pem);
  if (std::optional<VerifiedCertificate> known = snapshot->remembered.Find(text, now)) {
    return *std::move(known);
  }
  MAYFLY_ASSIGN_OR_RETURN(const std::vector<X509Pointer> leaves, ParseCertificates(leaf_pem, 1));
  if (leaves.empty()) return InvalidArgument("no client certificate");
  // Some clients send the leaf again, and some their root.
  MAYFLY_ASSIGN_OR_RETURN(const std::vector<X509Pointer> others,
                          ParseCertificates(chain_pem, kMaxIntermediates + 2));
  const X509StackPointer untrusted = StackOf(others);
  const X509StoreContextPointer context(X509_STORE_CTX_new());
  MAYFLY_CHECK(context != nullptr &&
               X509_STORE_CTX_init(context.get(), snapshot->store.get(), leaves.front().get(),
                                   untrusted.get()) == 1);
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(parameters, absl::ToTimeT(now));
  X509_VERIFY_PARAM_set_depth(parameters, kMaxChainDepth);
  X509_VERIFY_PARAM_set_auth_level(parameters, kAuthenticationLevel);
  X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_CLIENT);
  // An intermediate in the roots file is a root: whoever put it there meant it.
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
  if (!snapshot->crls.empty()) {
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_CRL_CHECK);
  }
  ++verifications_;
  if (X509_verify_cert(context.get()) != 1) {
    const char* reason = X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
    TakeOpenSslError();
    return Unauthenticated(fmt::format("the client certificate {} does not verify: {}",
                                       SerialHexOf(leaves.front().get()), reason));
  }
  MAYFLY_RETURN_IF_ERROR(CheckIntermediates(context.get(), snapshot->crls));
  VerifiedCertificate verified;
  MAYFLY_ASSIGN_OR_RETURN(verified.names, NamesOf(leaves.front().get()));
  verified.sha256 = Sha256HexOf(leaves.front().get());
  verified.serial = SerialHexOf(leaves.front().get());
  MAYFLY_ASSIGN_OR_RETURN(verified.not_after, NotAfterOf(leaves.front().get()));
  snapshot->remembered.Add(std::move(text), verified, now,
                           NextChange(context.get(), snapshot->crls, now));
  return verified;
}

}  // namespace mayfly::authn
