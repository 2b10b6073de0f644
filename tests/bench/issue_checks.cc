#include "tests/bench/issue_checks.h"

#include <array>
#include <atomic>
#include <thread>
#include <utility>

#include "base/status.h"
#include "ca/store/store.h"
#include "fmt/format.h"
#include "mayfly/v1/bundle.pb.h"
#include "mayfly/v1/services.pb.h"
#include "ssh/certificate.h"

namespace mayfly::bench {
namespace {

constexpr std::string_view kGetManifest = "/mayfly.v1.Trust/GetManifest";
constexpr std::string_view kGetPart = "/mayfly.v1.Trust/GetPart";
constexpr int kUnauthenticated = 16;

absl::StatusOr<LoadResult> Once(const Target& target, const std::string& message) {
  return ClosedLoop(target, {message}, 1);
}

Target IssueTarget(const CaUnderTest& ca, const CallMaker& maker) {
  return {.port = ca.port(), .path = kIssueUser, .certificates = maker.certificates()};
}

absl::StatusOr<uint64_t> CheckOne(const std::string& answer, const std::string& key,
                                  const ssh::PublicKey& user_ca) {
  v1::IssueUserResponse response;
  if (!response.ParseFromString(answer)) return Internal("an answer that cannot be parsed");
  MAYFLY_ASSIGN_OR_RETURN(const ssh::Certificate certificate,
                          ssh::Certificate::Parse(AsBytes(response.certificate().certificate())));
  MAYFLY_RETURN_IF_ERROR(certificate.VerifySignature());
  if (certificate.body.signature_key != user_ca) return Internal("signed by another key");
  if (!Equal(certificate.body.key.blob(), AsBytes(key))) return Internal("for another key");
  return certificate.body.serial.value;
}

}  // namespace

absl::StatusOr<std::string> CallOnce(const Target& target, const std::string& message) {
  MAYFLY_ASSIGN_OR_RETURN(LoadResult result, Once(target, message));
  if (result.ok() == 1) return std::move(result.answers.front());
  return Internal(fmt::format("{}: gRPC status {}", target.path, result.statuses.begin()->first));
}

absl::StatusOr<ssh::PublicKey> FetchUserCa(const CaUnderTest& ca) {
  MAYFLY_ASSIGN_OR_RETURN(const std::string answer,
                          CallOnce({.port = ca.port(), .path = kGetManifest}, ""));
  v1::GetManifestResponse response;
  v1::Manifest manifest;
  if (!response.ParseFromString(answer) || !manifest.ParseFromString(response.manifest())) {
    return Internal("a manifest that cannot be parsed");
  }
  for (const v1::Part& part : manifest.parts()) {
    if (part.kind() != v1::USER_CAS) continue;
    v1::GetPartRequest request;
    request.set_sha256(part.sha256());
    MAYFLY_ASSIGN_OR_RETURN(const std::string got, CallOnce({.port = ca.port(), .path = kGetPart},
                                                            request.SerializeAsString()));
    v1::GetPartResponse contents;
    if (!contents.ParseFromString(got)) return Internal("a part that cannot be parsed");
    return ssh::PublicKey::ParseLine(contents.contents());
  }
  return Internal("the manifest names no user CA");
}

absl::Status CheckProofsAreVerified(const CaUnderTest& ca, const CallMaker& maker) {
  const auto refused = [](const Target& target, const std::string& call,
                          std::string_view what) -> absl::Status {
    MAYFLY_ASSIGN_OR_RETURN(const LoadResult wrong, Once(target, call));
    if (wrong.statuses == std::map<int, size_t>{{kUnauthenticated, 1}}) return absl::OkStatus();
    return Internal(
        fmt::format("a call {} was answered with {}", what, wrong.statuses.begin()->first));
  };
  Target target = IssueTarget(ca, maker);
  MAYFLY_RETURN_IF_ERROR(refused(target, maker.IssueWithWrongPossession(ca.ca_id()),
                                 "whose possession signature is wrong"));
  std::vector<std::string> keys;
  const std::vector<std::string> calls = maker.Issue(ca.ca_id(), 3, &keys);
  MAYFLY_RETURN_IF_ERROR(CallOnce(target, calls[0]).status());
  if (maker.callers() != Callers::kWorkloads) return absl::OkStatus();
  target.certificates = {};
  MAYFLY_RETURN_IF_ERROR(refused(target, calls[1], "without a client certificate"));
  const CallMaker others = maker.Impostors();
  target.certificates = others.certificates();
  return refused(target, calls[2], "by a client certificate of another CA");
}

absl::Status CheckSyncedBeforeAnswer(const CaUnderTest& ca, const CallMaker& maker, int calls) {
  std::vector<std::string> keys;
  for (const std::string& call : maker.Issue(ca.ca_id(), static_cast<size_t>(calls), &keys)) {
    const uint64_t before = ca.Syncs();
    MAYFLY_RETURN_IF_ERROR(CallOnce(IssueTarget(ca, maker), call).status());
    if (ca.Syncs() == before) return Internal("a certificate was answered before it was durable");
  }
  return absl::OkStatus();
}

absl::Status CertificateChecks::Check(const LoadResult& result,
                                      const std::vector<std::string>& keys) {
  std::vector<absl::StatusOr<uint64_t>> serials(result.answers.size(), uint64_t{0});
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < serials.size(); i = next++) {
      if (!result.answers[i].empty()) serials[i] = CheckOne(result.answers[i], keys[i], user_ca_);
    }
  };
  std::thread other(work);
  work();
  other.join();
  for (size_t i = 0; i < serials.size(); ++i) {
    if (result.answers[i].empty()) continue;
    if (!serials[i].ok()) return Annotate(serials[i].status(), "a certificate is wrong");
    if (*serials[i] == 0 || !serials_.insert(*serials[i]).second) {
      return Internal(fmt::format("serial {} was given out twice, or is 0", *serials[i]));
    }
  }
  return absl::OkStatus();
}

absl::Status CertificateChecks::CheckRecorded(const std::string& ledger_path) const {
  static constexpr store::Statement kSerials{
      "serials", "SELECT serial FROM certificates WHERE serial > $1 ORDER BY serial LIMIT 100000"};
  MAYFLY_ASSIGN_OR_RETURN(const std::unique_ptr<store::Store> store,
                          store::OpenSqliteStore(ledger_path));
  size_t found = 0;
  store::Operation page;
  page.statement = &kSerials;
  for (int64_t after = 0;;) {
    page.arguments = {after};
    MAYFLY_ASSIGN_OR_RETURN(const store::Rows rows, store->Read(page));
    if (rows.empty()) break;
    for (const store::Row& row : rows) {
      after = std::get<int64_t>(row.front());
      found += serials_.contains(static_cast<uint64_t>(after)) ? 1 : 0;
    }
  }
  if (found == serials_.size()) return absl::OkStatus();
  return Internal(fmt::format("{} certificates were answered, the ledger holds {} of them",
                              serials_.size(), found));
}

}  // namespace mayfly::bench
