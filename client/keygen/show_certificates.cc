// mayfly keygen -L.
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "client/keygen/key_files.h"
#include "client/keygen/keygen_commands.h"
#include "client/keygen/validity.h"
#include "fmt/format.h"
#include "ssh/certificate.h"
#include "ssh/options.h"

namespace mayfly::client {
namespace {

constexpr size_t kMaxShown = 64 << 20;

// ssh-keygen's short words for types, by the names of plain keys.
std::string_view TypeWord(ssh::KeyType type) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kWords = {{
      {"ssh-ed25519", "ED25519"},
      {"ecdsa-", "ECDSA"},
      {"ssh-rsa", "RSA"},
      {"sk-ssh-ed25519", "ED25519-SK"},
      {"sk-ecdsa-", "ECDSA-SK"},
      {"ssh-mldsa44-ed25519", "MLDSA44-ED25519"},
  }};
  const std::string_view name = ssh::KeyTypeName(type);
  for (const auto& [beginning, word] : kWords) {
    if (name.starts_with(beginning)) return word;
  }
  return name;
}

// By the hash of -E: "SHA256:base64", or "MD5:" and hexadecimal with colons.
absl::StatusOr<std::string> FingerprintBy(const std::string& hash, const ssh::PublicKey& key) {
  std::string name = hash;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (name != "MD5" && name != "SHA1" && name != "SHA256" && name != "SHA384" && name != "SHA512") {
    return InvalidArgument(
        fmt::format("-E: '{}' is no hash; expected md5, sha1, sha256, sha384 or sha512",
                    EscapeForTerminal(hash.substr(0, 32))));
  }
  Bytes digest(EVP_MAX_MD_SIZE);
  unsigned int size = 0;
  if (EVP_Digest(key.blob().data(), key.blob().size(), digest.data(), &size,
                 EVP_get_digestbyname(name.c_str()), nullptr) != 1) {
    return FailedPrecondition(fmt::format("-E: this system's OpenSSL does not do {}", name));
  }
  digest.resize(size);
  if (name != "MD5") return fmt::format("{}:{}", name, Base64EncodeUnpadded(digest));
  std::string text = "MD5";
  for (const uint8_t byte : digest) text += fmt::format(":{:02x}", byte);
  return text;
}

class Shower {
 public:
  Shower(const Context& context, const KeygenOptions& options, bool to_terminal)
      : context_(context), hash_(options.hash), to_terminal_(to_terminal) {}

  absl::Status Show(const ssh::Certificate& certificate) const {
    const ssh::CertificateBody& body = certificate.body;
    MAYFLY_ASSIGN_OR_RETURN(const std::string key_print, FingerprintBy(hash_, body.key));
    MAYFLY_ASSIGN_OR_RETURN(const std::string ca_print, FingerprintBy(hash_, body.signature_key));
    std::ostream& out = context_.out;
    out << fmt::format(
        "        Type: {} {} certificate\n"
        "        Public key: {}-CERT {}\n"
        "        Signing CA: {} {} (using {})\n"
        "        Key ID: \"{}\"\n"
        "        Serial: {}\n"
        "        Valid: {}\n"
        "        Principals: ",
        ssh::CertificateTypeName(body.key.type()), ssh::CertificateKindName(body.kind),
        TypeWord(body.key.type()), key_print, TypeWord(body.signature_key.type()), ca_print,
        certificate.signature.algorithm, Safe(body.key_id), body.serial.value,
        ValidityText({body.valid_after_unix_s, body.valid_before_unix_s}));
    if (body.principals.empty()) out << "(none)";
    for (const std::string& principal : body.principals) {
      out << "\n                " << Safe(principal);
    }
    out << "\n        Critical Options: ";
    MAYFLY_RETURN_IF_ERROR(ShowOptions(body.critical_options, /*critical=*/true));
    out << "        Extensions: ";
    return ShowOptions(body.extensions, /*critical=*/false);
  }

 private:
  std::string Safe(std::string_view text) const {
    return to_terminal_ ? EscapeForTerminal(text) : std::string(text);
  }

  absl::Status ShowOptions(const ssh::OptionList& list, bool critical) const {
    context_.out << (list.empty() ? "(none)\n" : "\n");
    for (const ssh::Option& option : list.options()) {
      context_.out << "                " << Safe(option.name);
      MAYFLY_RETURN_IF_ERROR(ShowValue(list, option, critical));
    }
    return absl::OkStatus();
  }

  absl::Status ShowValue(const ssh::OptionList& list, const ssh::Option& option,
                         bool critical) const {
    if (critical && (option.name == ssh::kForceCommand || option.name == ssh::kSourceAddress)) {
      MAYFLY_ASSIGN_OR_RETURN(const std::string value, list.Text(option.name));
      context_.out << ' ' << Safe(value) << '\n';
      return absl::OkStatus();
    }
    const std::vector<std::string>& known = ssh::KnownExtensions();
    const bool is_flag = critical
                             ? option.name == ssh::kVerifyRequired
                             : std::find(known.begin(), known.end(), option.name) != known.end();
    if (is_flag) {
      context_.out << '\n';
      if (option.data.empty()) return absl::OkStatus();
      return InvalidArgument(
          fmt::format("the flag {} has a value, which it must not have", option.name));
    }
    context_.out << (option.data.empty() ? " UNKNOWN FLAG OPTION\n"
                                         : fmt::format(" UNKNOWN OPTION: {} (len {})\n",
                                                       HexEncode(option.data), option.data.size()));
    return absl::OkStatus();
  }

  const Context& context_;
  const std::string hash_;
  const bool to_terminal_;
};

}  // namespace

absl::StatusOr<int> ShowCertificates(const Context& context, const KeygenOptions& options,
                                     bool to_terminal) {
  if (!options.file) return InvalidArgument("-L needs a file: -f FILE, or -f - for standard input");
  const bool standard_input = *options.file == "-";
  const std::string path = ExpandTilde(context, *options.file);
  const std::string shown = standard_input ? "(stdin)" : path;
  MAYFLY_ASSIGN_OR_RETURN(const std::string text, ReadAny(path, kMaxShown));
  const Shower shower(context, options, to_terminal);
  bool any = false;
  size_t number = 0;
  for (const std::string& line : SplitLines(text)) {
    ++number;
    std::string_view rest = line;
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    if (rest.empty() || rest.front() == '#') continue;
    const absl::StatusOr<KeyOrCertificate> key = ParseKeyLine(rest);
    const std::string place = fmt::format("{}:{}", EscapeForTerminal(shown), number);
    if (!key.ok()) {
      context.Report(Annotate(key.status(), place));
      continue;
    }
    const auto* certificate = std::get_if<ssh::Certificate>(&*key);
    if (certificate == nullptr) {
      context.Report(InvalidArgument(place + " is not a certificate"));
      continue;
    }
    any = true;
    context.out << shown;
    if (standard_input || number != 1) context.out << ':' << number;
    context.out << ":\n";
    MAYFLY_RETURN_IF_ERROR(Annotate(shower.Show(*certificate), place));
  }
  return any ? 0 : 1;
}

}  // namespace mayfly::client
