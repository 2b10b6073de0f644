// Any bytes as a client certificate (DER) and as PEM: never a crash, and a name that a rule takes
// is one that fits it.
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/status.h"
#include "ca/authn/mtls_authenticator.h"
#include "ca/authn/x509.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace authn = mayfly::authn;
  using mayfly::model::SubjectKind;
  static const auto& rules = *new std::vector<authn::CertificateRule>{
      authn::CertificateRule::Create(authn::CertificateNameKind::kSpiffe,
                                     "spiffe://example.org/${kind}/${name}", SubjectKind::kHost,
                                     "${name}.example.com", {{"kind", "${kind}"}}, {})
          .value(),
      authn::CertificateRule::Create(authn::CertificateNameKind::kDns, "${name}.example.com",
                                     SubjectKind::kHost, "${name}", {}, {})
          .value(),
      authn::CertificateRule::Create(authn::CertificateNameKind::kCommonName, "${name}",
                                     SubjectKind::kUser, "${name}", {}, {})
          .value()};
  const mayfly::BytesView input(data, size);
  authn::ParseCertificates(mayfly::AsText(input), 4).status().IgnoreError();
  authn::ParseCrls(mayfly::AsText(input), 4).status().IgnoreError();
  const unsigned char* at = data;
  const authn::X509Pointer certificate(d2i_X509(nullptr, &at, static_cast<long>(size)));
  authn::TakeOpenSslError();
  if (certificate == nullptr) return 0;
  const auto names = authn::NamesOf(certificate.get());
  if (!names.ok()) return 0;
  const auto who = authn::SubjectOf(rules, *names, "fleet");
  if (who.ok()) MAYFLY_CHECK(!who->subject.name.empty() && who->subject.name.size() <= 128);
  return 0;
}
