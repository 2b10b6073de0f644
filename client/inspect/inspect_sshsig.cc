// Signatures over files.
#include "base/status.h"
#include "base/text.h"
#include "client/inspect/exhibit.h"
#include "fmt/format.h"
#include "ssh/sshsig.h"

namespace mayfly::client {
namespace {

std::string TouchText(const ssh::HolderProof& proof) {
  return fmt::format("{}, {}, counter {}", proof.user_present ? "touched" : "not touched",
                     proof.user_verified ? "user verified" : "user not verified", proof.counter);
}

}  // namespace

absl::StatusOr<Exhibit> ShowSshsig(std::string_view file, const ssh::KeyLimits& limits) {
  MAYFLY_ASSIGN_OR_RETURN(const ssh::Sshsig sshsig, file.starts_with("SSHSIG")
                                                        ? ssh::Sshsig::Parse(AsBytes(file))
                                                        : ssh::Sshsig::ParseArmored(file));
  const ssh::HolderProof proof = ssh::HolderProofOf(sshsig.signature);
  Exhibit exhibit;
  exhibit.text =
      "SSH signature, not verified: that needs the message (ssh-keygen -Y verify)\n" +
      Row("namespace", EscapeForTerminal(sshsig.name_space)) + Row("hash", sshsig.hash_algorithm) +
      Row("key type", ssh::KeyTypeName(sshsig.key.type())) +
      Row("key", sshsig.key.Fingerprint().text) + Row("algorithm", sshsig.signature.algorithm);
  exhibit.json = {{"type", "sshsig"},
                  {"namespace", sshsig.name_space},
                  {"hash", sshsig.hash_algorithm},
                  {"key_type", ssh::KeyTypeName(sshsig.key.type())},
                  {"key", sshsig.key.Fingerprint().text},
                  {"algorithm", sshsig.signature.algorithm}};
  if (proof.by_security_key) {
    exhibit.text += Row("token", TouchText(proof));
    exhibit.json["token"] = {{"user_present", proof.user_present},
                             {"user_verified", proof.user_verified},
                             {"counter", proof.counter}};
  }
  if (const absl::Status judged = ssh::CheckSubjectKey(sshsig.key, limits); !judged.ok()) {
    exhibit.problems.push_back(Message(judged));
  }
  if (!ssh::SignatureFits(sshsig.key, sshsig.signature)) {
    exhibit.problems.push_back(fmt::format("a {} signature cannot come from a key of type {}",
                                           sshsig.signature.algorithm,
                                           ssh::KeyTypeName(sshsig.key.type())));
  }
  return exhibit;
}

}  // namespace mayfly::client
