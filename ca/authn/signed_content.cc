#include "ca/authn/signed_content.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "base/bytes.h"
#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"

namespace mayfly::authn {
namespace {

constexpr int kMinRsaBits = 2048;

std::string Unwrapped(std::string_view base64) {
  std::string text;
  for (const std::string& line : SplitLines(base64)) {
    if (line.starts_with("-----")) continue;
    for (const char c : line) {
      if (c != ' ' && c != '\t' && c != '\r') text += c;
    }
  }
  return text;
}

bool IsStrongDigest(int nid) { return nid == NID_sha256 || nid == NID_sha384 || nid == NID_sha512; }

absl::Status CheckShape(PKCS7* pkcs7) {
  if (PKCS7_type_is_signed(pkcs7) != 1 || PKCS7_get_detached(pkcs7) != 0) {
    return InvalidArgument("not PKCS#7 signed data with its content inside");
  }
  STACK_OF(PKCS7_SIGNER_INFO)* signers = PKCS7_get_signer_info(pkcs7);
  if (signers == nullptr || sk_PKCS7_SIGNER_INFO_num(signers) != 1) {
    return InvalidArgument("expected exactly one signer of the PKCS#7 data");
  }
  const PKCS7_SIGNER_INFO* signer = sk_PKCS7_SIGNER_INFO_value(signers, 0);
  const ASN1_OBJECT* digest = nullptr;
  X509_ALGOR_get0(&digest, nullptr, nullptr, signer->digest_alg);
  if (!IsStrongDigest(OBJ_obj2nid(digest))) {
    return InvalidArgument("the PKCS#7 data is not signed with SHA-256 or better");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ContentOf(PKCS7* pkcs7, STACK_OF(X509) * certificates,
                                      X509_STORE* store, int flags) {
  const BioPointer out(BIO_new(BIO_s_mem()));
  MAYFLY_CHECK(out != nullptr);
  if (PKCS7_verify(pkcs7, certificates, store, nullptr, out.get(), flags | PKCS7_BINARY) != 1) {
    return Unauthenticated(fmt::format("the signature does not verify: {}", TakeOpenSslError()));
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return std::string(data, static_cast<size_t>(std::max(size, 0L)));
}

absl::Status CheckSigner(X509* certificate, absl::Time now) {
  time_t time = absl::ToTimeT(now);
  if (X509_cmp_time(X509_get0_notBefore(certificate), &time) > 0 ||
      X509_cmp_time(X509_get0_notAfter(certificate), &time) < 0) {
    return Unauthenticated("the signer's certificate is not valid now");
  }
  EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (key == nullptr ||
      (EVP_PKEY_base_id(key) == EVP_PKEY_RSA && EVP_PKEY_bits(key) < kMinRsaBits)) {
    return Unauthenticated(
        fmt::format("the signer's key is weak: RSA from {} bits is taken", kMinRsaBits));
  }
  return absl::OkStatus();
}

// The signer's certificate, among `certificates` or (unless PKCS7_NOINTERN) those inside.
absl::StatusOr<X509*> SignerOf(PKCS7* pkcs7, STACK_OF(X509) * certificates, int flags) {
  const X509StackPointer signers(PKCS7_get0_signers(pkcs7, certificates, flags));
  if (signers == nullptr || sk_X509_num(signers.get()) != 1) {
    TakeOpenSslError();
    return Unauthenticated("it was signed by none of the configured certificates");
  }
  return sk_X509_value(signers.get(), 0);
}

// Whether `name` is `domain` or below it: x.metadata.azure.com, and never evilmetadata.azure.com.
bool IsAtOrBelow(const std::string& name, const std::string& domain) {
  if (name == domain) return true;
  return name.size() > domain.size() + 1 && name.ends_with(domain) &&
         name[name.size() - domain.size() - 1] == '.';
}

bool HasName(const CertificateNames& names, const std::vector<std::string>& wanted) {
  const std::vector<std::string>& have = names.dns.empty() ? names.common_names : names.dns;
  return std::ranges::any_of(have, [&](const std::string& name) {
    const std::string lower = absl::AsciiStrToLower(name);
    return std::ranges::any_of(wanted, [&](const std::string& domain) {
      return IsAtOrBelow(lower, absl::AsciiStrToLower(domain));
    });
  });
}

}  // namespace

absl::StatusOr<SignedContent> SignedContent::Parse(std::string_view base64) {
  if (base64.size() > kMaxSignedContent) {
    return InvalidArgument(
        fmt::format("{} bytes of PKCS#7; at most {} are read", base64.size(), kMaxSignedContent));
  }
  MAYFLY_ASSIGN_OR_RETURN(const Bytes der, Annotate(Base64Decode(Unwrapped(base64)), "PKCS#7"));
  const unsigned char* at = der.data();
  SignedContent content;
  content.pkcs7.reset(d2i_PKCS7(nullptr, &at, static_cast<long>(der.size())));
  if (content.pkcs7 == nullptr || at != der.data() + der.size()) {
    TakeOpenSslError();
    return InvalidArgument("not PKCS#7 in DER");
  }
  MAYFLY_RETURN_IF_ERROR(CheckShape(content.pkcs7.get()));
  return content;
}

absl::StatusOr<std::string> VerifyByPinned(const SignedContent& content,
                                           const std::vector<X509Pointer>& certificates,
                                           absl::Time now) {
  const X509StackPointer stack = StackOf(certificates);
  MAYFLY_ASSIGN_OR_RETURN(X509 * signer,
                          SignerOf(content.pkcs7.get(), stack.get(), PKCS7_NOINTERN));
  MAYFLY_RETURN_IF_ERROR(CheckSigner(signer, now));
  // No chain: the certificate itself is what was pinned.
  return ContentOf(content.pkcs7.get(), stack.get(), nullptr, PKCS7_NOINTERN | PKCS7_NOVERIFY);
}

absl::StatusOr<std::string> VerifyByChain(const SignedContent& content,
                                          const std::vector<X509Pointer>& roots,
                                          const std::vector<std::string>& names, absl::Time now) {
  const X509StorePointer store(X509_STORE_new());
  MAYFLY_CHECK(store != nullptr);
  for (const X509Pointer& root : roots) X509_STORE_add_cert(store.get(), root.get());
  TakeOpenSslError();
  X509_VERIFY_PARAM* parameters = X509_STORE_get0_param(store.get());
  X509_VERIFY_PARAM_set_time(parameters, absl::ToTimeT(now));
  X509_VERIFY_PARAM_set_auth_level(parameters, kAuthenticationLevel);
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
  // The certificates are made for TLS servers, not for S/MIME.
  X509_STORE_set_purpose(store.get(), X509_PURPOSE_ANY);
  const X509StackPointer none(sk_X509_new_null());
  MAYFLY_ASSIGN_OR_RETURN(X509 * signer, SignerOf(content.pkcs7.get(), none.get(), 0));
  MAYFLY_RETURN_IF_ERROR(CheckSigner(signer, now));
  const absl::StatusOr<CertificateNames> found = NamesOf(signer);
  if (!found.ok()) return Unauthenticated(Message(found.status()));
  if (!HasName(*found, names)) {
    return Unauthenticated("the signer's certificate is of another name");
  }
  return ContentOf(content.pkcs7.get(), none.get(), store.get(), 0);
}

}  // namespace mayfly::authn
