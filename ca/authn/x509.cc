#include "ca/authn/x509.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "base/status.h"
#include "base/text.h"
#include "fmt/format.h"

namespace mayfly::authn {
namespace {

struct FreeNames {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

absl::StatusOr<BioPointer> OpenPem(std::string_view pem) {
  if (pem.size() > kMaxPem) {
    return InvalidArgument(fmt::format("{} bytes; at most {} are read", pem.size(), kMaxPem));
  }
  BioPointer bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  MAYFLY_CHECK(bio != nullptr);
  return bio;
}

// Whether reading stopped because there is no further block, and not because one is broken.
bool AtEnd() {
  const auto error = ERR_peek_last_error();
  ERR_clear_error();
  return error == 0 || ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

template <typename Pointer, typename Read>
absl::StatusOr<std::vector<Pointer>> ParseAll(std::string_view pem, size_t max_count,
                                              std::string_view what, Read read) {
  MAYFLY_ASSIGN_OR_RETURN(const BioPointer bio, OpenPem(pem));
  std::vector<Pointer> all;
  ERR_clear_error();
  while (Pointer one{read(bio.get())}) {
    if (all.size() == max_count) {
      ERR_clear_error();
      return InvalidArgument(fmt::format("more than {} {}s", max_count, what));
    }
    all.push_back(std::move(one));
  }
  if (!AtEnd())
    return InvalidArgument(fmt::format("{} {} is not well-formed PEM", what, all.size() + 1));
  return all;
}

bool IsPrintable(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

absl::StatusOr<std::string> TextOf(const ASN1_STRING* string, std::string_view what) {
  const auto* data = ASN1_STRING_get0_data(string);
  const auto size = static_cast<size_t>(std::max(ASN1_STRING_length(string), 0));
  std::string text(data, data + size);
  if (IsPrintable(text) && text.size() <= 2048) return text;
  return InvalidArgument(fmt::format("the certificate's {} '{}' is not plain text", what,
                                     EscapeForTerminal(text.substr(0, 80))));
}

absl::Status AddAlternativeNames(X509* certificate, CertificateNames& names) {
  int critical = 0;
  const std::unique_ptr<GENERAL_NAMES, FreeNames> all(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, &critical, nullptr)));
  if (all == nullptr) {
    ERR_clear_error();
    // -1: there is none. Anything else: two of them, or one that cannot be parsed.
    if (critical == -1) return absl::OkStatus();
    return InvalidArgument("the certificate's alternative names cannot be read");
  }
  for (int i = 0; i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type == GEN_DNS) {
      MAYFLY_ASSIGN_OR_RETURN(std::string text, TextOf(name->d.dNSName, "DNS name"));
      names.dns.push_back(std::move(text));
    } else if (name->type == GEN_URI) {
      MAYFLY_ASSIGN_OR_RETURN(std::string text, TextOf(name->d.uniformResourceIdentifier, "URI"));
      names.uris.push_back(std::move(text));
    }
  }
  return absl::OkStatus();
}

absl::Status AddCommonNames(X509* certificate, CertificateNames& names) {
  const X509_NAME* subject = X509_get_subject_name(certificate);
  for (int at = -1; (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0;) {
    const ASN1_STRING* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
    unsigned char* utf8 = nullptr;
    const int size = ASN1_STRING_to_UTF8(&utf8, value);
    if (size < 0) {
      ERR_clear_error();
      return InvalidArgument("the certificate's common name cannot be read");
    }
    names.common_names.emplace_back(utf8, utf8 + size);
    OPENSSL_free(utf8);
  }
  return absl::OkStatus();
}

}  // namespace

X509StackPointer StackOf(const std::vector<X509Pointer>& certificates) {
  X509StackPointer stack(sk_X509_new_null());
  MAYFLY_CHECK(stack != nullptr);
  for (const X509Pointer& certificate : certificates) {
    MAYFLY_CHECK(sk_X509_push(stack.get(), certificate.get()) > 0);
  }
  return stack;
}

absl::StatusOr<std::vector<X509Pointer>> ParseCertificates(std::string_view pem, size_t max_count) {
  return ParseAll<X509Pointer>(pem, max_count, "certificate", [](BIO* bio) {
    return PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  });
}

absl::StatusOr<std::vector<X509CrlPointer>> ParseCrls(std::string_view pem, size_t max_count) {
  return ParseAll<X509CrlPointer>(pem, max_count, "CRL", [](BIO* bio) {
    return PEM_read_bio_X509_CRL(bio, nullptr, nullptr, nullptr);
  });
}

absl::StatusOr<CertificateNames> NamesOf(X509* certificate) {
  CertificateNames names;
  MAYFLY_RETURN_IF_ERROR(AddAlternativeNames(certificate, names));
  MAYFLY_RETURN_IF_ERROR(AddCommonNames(certificate, names));
  return names;
}

std::string Sha256HexOf(X509* certificate) {
  std::array<uint8_t, 32> digest = {};
  unsigned int size = 0;
  MAYFLY_CHECK(X509_digest(certificate, EVP_sha256(), digest.data(), &size) == 1);
  return HexEncode(digest);
}

std::string SerialHexOf(X509* certificate) {
  BIGNUM* number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr);
  if (number == nullptr) return "";
  char* hex = BN_bn2hex(number);
  BN_free(number);
  std::string text(hex == nullptr ? "" : hex);
  OPENSSL_free(hex);
  return text;
}

absl::StatusOr<absl::Time> TimeOf(const ASN1_TIME* time) {
  std::tm parts = {};
  // Without a time OpenSSL would take the current one.
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) {
    ERR_clear_error();
    return InvalidArgument("not a time");
  }
  return absl::FromTM(parts, absl::UTCTimeZone());
}

absl::StatusOr<absl::Time> NotAfterOf(X509* certificate) {
  return Annotate(TimeOf(X509_get0_notAfter(certificate)), "the certificate's end");
}

std::string TakeOpenSslError() {
  const auto error = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  return reason == nullptr ? "no reason given" : reason;
}

}  // namespace mayfly::authn
