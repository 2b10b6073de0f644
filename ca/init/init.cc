#include "ca/init/init.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <set>

#include "base/file.h"
#include "base/network.h"
#include "base/status.h"
#include "ca/config/config.h"
#include "ca/init/templates.h"
#include "ca/keys/tls_identity.h"
#include "ca/ledger/ledger.h"
#include "ca/store/store.h"
#include "fmt/format.h"

namespace mayfly::init {
namespace {

constexpr char kDefaultPort[] = "7443";

struct MadeKey {
  ssh::PublicKey public_key;
  std::string fingerprint;
};

// What goes into one new folder.
class Builder {
 public:
  Builder(const InitOptions& options, const SecretBytes& passphrase, std::string folder,
          const Clock& clock, Random& random)
      : options_(options),
        passphrase_(passphrase),
        folder_(std::move(folder)),
        clock_(clock),
        random_(random) {}

  absl::StatusOr<InitReport> Build() {
    MAYFLY_ASSIGN_OR_RETURN(const std::vector<std::string> addresses, Addresses());
    MAYFLY_RETURN_IF_ERROR(MakeDirectory(At("keys"), 0700));
    MAYFLY_RETURN_IF_ERROR(MakeDirectory(At("state"), 0700));
    MAYFLY_ASSIGN_OR_RETURN(const MadeKey trust, MakeKey("trust", "keys/trust.key"));
    MAYFLY_ASSIGN_OR_RETURN(const MadeKey user_ca, MakeKey("user-ca", "keys/user-ca.key"));
    MAYFLY_ASSIGN_OR_RETURN(const MadeKey host_ca, MakeKey("host-ca", "keys/host-ca.key"));
    MAYFLY_ASSIGN_OR_RETURN(const MadeKey recovery, MakeKey("recovery", "recovery.key"));
    MAYFLY_RETURN_IF_ERROR(Write("trust.pub", trust.public_key.Line("trust key") + "\n", 0644));
    MAYFLY_RETURN_IF_ERROR(
        Write("recovery.pub", recovery.public_key.Line("recovery key") + "\n", 0644));
    MAYFLY_RETURN_IF_ERROR(MakeTls(addresses));
    MAYFLY_RETURN_IF_ERROR(WriteTexts(addresses));
    MAYFLY_RETURN_IF_ERROR(RecordBeginning(trust, user_ca, host_ca, recovery));

    InitReport report;
    report.directory = options_.directory;
    report.ca_id = trust.fingerprint;
    report.user_ca = user_ca.fingerprint;
    report.host_ca = host_ca.fingerprint;
    report.recovery_key_path = JoinPath(options_.directory, "recovery.key");
    for (const FirstOperator& person : options_.operators) report.operators.push_back(person.user);
    return report;
  }

 private:
  std::string At(std::string_view name) const { return JoinPath(folder_, name); }

  absl::Status Write(std::string_view name, std::string_view text, mode_t mode) {
    return CreateFile(At(name), text, mode);
  }

  absl::StatusOr<MadeKey> MakeKey(const std::string& role, const std::string& name) {
    MAYFLY_ASSIGN_OR_RETURN(const ssh::PrivateKey key,
                            ssh::PrivateKey::Generate(ssh::KeyType::kEd25519, random_));
    const keys::KeyFileHeader header{role, keys::KeyOrigin::kMade,
                                     absl::ToUnixSeconds(clock_.Now()), key.public_key()};
    MAYFLY_ASSIGN_OR_RETURN(const std::string sealed,
                            keys::SealKeyFile(header, key, passphrase_, options_.cost, random_));
    MAYFLY_RETURN_IF_ERROR(Write(name, sealed, 0600));
    return MadeKey{key.public_key(), key.public_key().Fingerprint().text};
  }

  // With a port each.
  absl::StatusOr<std::vector<std::string>> Addresses() const {
    if (options_.addresses.empty()) {
      return InvalidArgument(
          "--address: where do clients reach the CA? such as ca.example.com:7443");
    }
    std::vector<std::string> addresses;
    for (const std::string& address : options_.addresses) {
      const absl::StatusOr<IpAddress> ip = IpAddress::Parse(address);
      if (ip.ok() && !ip->is_ipv4()) {
        addresses.push_back(fmt::format("[{}]:{}", address, kDefaultPort));
      } else if (address.find(':') == std::string::npos || address.back() == ']') {
        addresses.push_back(fmt::format("{}:{}", address, kDefaultPort));
      } else {
        addresses.push_back(address);
      }
    }
    return addresses;
  }

  static std::string HostOf(const std::string& address) {
    std::string host = address.substr(0, address.rfind(':'));
    if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
    return host;
  }

  std::vector<std::string> Listen(const std::vector<std::string>& addresses) const {
    if (!options_.listen.empty()) return options_.listen;
    const std::string host = HostOf(addresses.front());
    if (host.starts_with("127.") || host == "::1") return {addresses.front()};
    return {"[::]:" + addresses.front().substr(addresses.front().rfind(':') + 1)};
  }

  absl::Status MakeTls(const std::vector<std::string>& addresses) {
    std::vector<std::string> hosts;
    for (const std::string& address : addresses) hosts.push_back(HostOf(address));
    absl::StatusOr<SecretBytes> pem = keys::MakeTlsIdentity(hosts, clock_.Now());
    if (!pem.ok()) return Annotate(pem.status(), "--address");
    return pem->Expose([&](BytesView bytes) { return Write("tls.pem", AsText(bytes), 0600); });
  }

  absl::Status WriteTexts(const std::vector<std::string>& addresses) {
    const std::string configuration = ConfigurationText(options_, Listen(addresses), addresses);
    // What we write is read by the same rules as what a person writes.
    MAYFLY_RETURN_IF_ERROR(config::LoadConfig(configuration, At("mayflyd.yaml")).status());
    MAYFLY_RETURN_IF_ERROR(Write("mayflyd.yaml", configuration, 0644));
    MAYFLY_RETURN_IF_ERROR(Write("users.yaml", UsersText(options_.operators), 0644));
    MAYFLY_RETURN_IF_ERROR(MakeDirectory(At("policies"), 0755));
    for (const ExampleFile& file : ExamplePolicies()) {
      MAYFLY_RETURN_IF_ERROR(Write(JoinPath("policies", file.name), file.text, 0644));
    }
    return absl::OkStatus();
  }

  absl::Status RecordBeginning(const MadeKey& trust, const MadeKey& user_ca, const MadeKey& host_ca,
                               const MadeKey& recovery) {
    MAYFLY_ASSIGN_OR_RETURN(std::unique_ptr<store::Store> store,
                            store::OpenSqliteStore(At("state/ledger.db")));
    MAYFLY_ASSIGN_OR_RETURN(const std::unique_ptr<ledger::Ledger> ledger,
                            ledger::Ledger::Open(std::move(store), clock_, random_));
    MAYFLY_RETURN_IF_ERROR(ledger->RecordNotice({ledger::NoticeKind::kInitialized,
                                                 {{"ca_id", trust.fingerprint},
                                                  {"recovery_key", recovery.fingerprint},
                                                  {"name", options_.name}}}));
    const std::vector<std::pair<std::string, std::string>> cas = {{"user-ca", user_ca.fingerprint},
                                                                  {"host-ca", host_ca.fingerprint}};
    for (const auto& [role, fingerprint] : cas) {
      MAYFLY_RETURN_IF_ERROR(ledger->RecordNotice(
          {ledger::NoticeKind::kCaKeyActivated,
           {{"role", role}, {"fingerprint", fingerprint}, {"origin", "made"}}}));
    }
    return absl::OkStatus();
  }

  const InitOptions& options_;
  const SecretBytes& passphrase_;
  const std::string folder_;
  const Clock& clock_;
  Random& random_;
};

absl::Status CheckFree(const std::string& directory) {
  std::error_code ignored;
  if (!FileExists(directory)) return absl::OkStatus();
  if (std::filesystem::is_directory(directory, ignored) &&
      std::filesystem::is_empty(directory, ignored)) {
    return absl::OkStatus();
  }
  return AlreadyExists(fmt::format(
      "{}: exists and is not empty; a CA is never overwritten, choose another --directory",
      directory));
}

// One name or key twice would make a users file that mayflyd refuses.
absl::Status CheckOperators(const std::vector<FirstOperator>& operators) {
  if (operators.empty()) return InvalidArgument("--operator: at least one is needed");
  std::set<std::string> names;
  std::set<ssh::PublicKey> keys;
  for (const FirstOperator& person : operators) {
    if (!names.insert(person.user).second || !keys.insert(person.key).second) {
      return InvalidArgument(fmt::format(
          "--operator: {} or the same key is given twice; name each once", person.user));
    }
  }
  return absl::OkStatus();
}

// Work goes on beside the folder, so "ca/" must not become "ca/.new", inside it.
std::string WithoutTrailingSlashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace

absl::StatusOr<InitReport> Initialize(const InitOptions& given, const SecretBytes& passphrase,
                                      const Clock& clock, Random& random) {
  InitOptions options = given;
  options.directory = WithoutTrailingSlashes(options.directory);
  MAYFLY_RETURN_IF_ERROR(CheckOperators(options.operators));
  MAYFLY_RETURN_IF_ERROR(CheckFree(options.directory));
  const std::string folder = options.directory + ".new";
  if (FileExists(folder)) {
    return AlreadyExists(fmt::format(
        "{}: left behind by an init that was interrupted; remove it and try again", folder));
  }
  MAYFLY_RETURN_IF_ERROR(MakeDirectory(folder, 0700));
  absl::StatusOr<InitReport> report = Builder(options, passphrase, folder, clock, random).Build();
  std::error_code ignored;
  if (report.ok()) {
    // An empty folder may be replaced; rename refuses any other.
    if (rename(folder.c_str(), options.directory.c_str()) == 0) return report;
    report = ErrnoStatus(errno, options.directory);
  }
  std::filesystem::remove_all(folder, ignored);
  return report;
}

}  // namespace mayfly::init
