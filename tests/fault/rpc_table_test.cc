// Every RPC without a credential, with each wrong kind of credential, and with another's.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>

#include <algorithm>
#include <deque>
#include <limits>

#include "absl/time/clock.h"
#include "ca/model/login_nonce.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fault/rpc_table.h"
#include "tests/testing/token_maker.h"

namespace mayfly {
namespace {

namespace pb = google::protobuf;

const pb::FileDescriptor& Services() { return *v1::GetHealthRequest::descriptor()->file(); }

// Every service of package mayfly.v1 that this program knows: those of services.proto.
std::vector<const pb::MethodDescriptor*> AllMethods() {
  std::vector<const pb::MethodDescriptor*> methods;
  for (int i = 0; i < Services().service_count(); ++i) {
    const pb::ServiceDescriptor* service = Services().service(i);
    for (int j = 0; j < service->method_count(); ++j) methods.push_back(service->method(j));
  }
  return methods;
}

std::string PathOf(const pb::MethodDescriptor& method) {
  return "/" + method.service()->full_name() + "/" + method.name();
}

const pb::MethodDescriptor* FindMethod(const std::string& path) {
  for (const pb::MethodDescriptor* method : AllMethods()) {
    if (PathOf(*method) == path) return method;
  }
  return nullptr;
}

const pb::FieldDescriptor* CallsField(const pb::Descriptor& request) {
  for (int i = 0; i < request.field_count(); ++i) {
    if (request.field(i)->message_type() == v1::SignedCall::descriptor()) return request.field(i);
  }
  return nullptr;
}

// The bytes of the method's request with `call` in the place where it takes one.
std::string RequestWith(const pb::MethodDescriptor& method, const v1::SignedCall& call) {
  const pb::Descriptor* input = method.input_type();
  if (input == v1::SignedCall::descriptor()) return call.SerializeAsString();
  const pb::FieldDescriptor* field = CallsField(*input);
  if (field == nullptr) return "";
  pb::DynamicMessageFactory factory;
  const std::unique_ptr<pb::Message> request(factory.GetPrototype(input)->New());
  pb::Message* inner = field->is_repeated()
                           ? request->GetReflection()->AddMessage(request.get(), field)
                           : request->GetReflection()->MutableMessage(request.get(), field);
  inner->ParseFromString(call.SerializeAsString());
  return request->SerializeAsString();
}

TEST(RpcTable, HasARowForEveryRpc) {
  std::vector<std::string> rows;
  for (const Row& row : RpcTable()) rows.push_back(row.method);
  for (const pb::MethodDescriptor* method : AllMethods()) {
    EXPECT_THAT(rows, ::testing::Contains(PathOf(*method)))
        << "Who may call " << PathOf(*method) << "? Add a row to tests/fault/rpc_table.cc:\n"
        << "  {.method = \"" << PathOf(*method) << "\",\n"
        << "   .fill = [](const Known&, Attempt& attempt) { attempt.document.mutable_…(); },\n"
        << "   .answers = {{Who::kOperatorSession, kOk}, {Who::kUserSession, kDenied}, …}},";
  }
  for (const std::string& row : rows) {
    EXPECT_NE(FindMethod(row), nullptr) << row << " is no RPC of services.proto any more";
  }
}

TEST(RpcTable, WhatTakesNoSignedCallIsMarkedPublic) {
  for (const Row& row : RpcTable()) {
    const pb::MethodDescriptor* method = FindMethod(row.method);
    if (method == nullptr) continue;
    const bool takes_call = method->input_type() == v1::SignedCall::descriptor() ||
                            CallsField(*method->input_type()) != nullptr;
    EXPECT_NE(row.is_public, takes_call) << row.method;
    EXPECT_EQ(row.is_public, row.fill == nullptr) << row.method;
  }
}

// The issuers of tokens, whose keys the daemon reads from a file.
constexpr char kIdIssuer[] = "https://id.example.com";
constexpr char kWorkloadIssuer[] = "https://ci.example.com";
constexpr char kTokenAuthenticators[] = R"(
  - name: sso
    realm: people
    oidc:
      issuer: https://id.example.com
      client_id: mayfly
      username: {claim: preferred_username}
      keys: {file: issuer.json}
  - name: ci
    realm: pipelines
    jwt:
      issuer: https://ci.example.com
      audiences: [mayfly]
      bound_claims: [{claim: sub, values: [builder]}]
      username: {claim: sub}
      keys: {file: issuer.json}
)";

const IssuerKey& Issuer() {
  static const IssuerKey& key = *new IssuerKey(IssuerKey::P256());
  return key;
}

// A token that was never shown before.
std::string NewToken(const char* issuer, const char* subject, const std::string& nonce) {
  static int number = 0;
  const int64_t now = absl::ToUnixSeconds(absl::Now());
  return MakeToken(
      Issuer(), "ES256", "k",
      fmt::format(R"({{"iss":"{}","sub":"{}","preferred_username":"{}","aud":"mayfly","iat":{},)"
                  R"("exp":{},"jti":"t{}","nonce":"{}"}})",
                  issuer, subject, subject, now, now + 300, ++number, nonce));
}

// One mayflyd with everybody in it; what one test does must not matter to the next.
class EveryRpc : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    // The table is larger than what one source of strangers may try in a minute.
    world_ = std::make_unique<MayflydWorld>(
        MayflydWorld::Options{.configuration = "limits: {refusals_per_minute_per_source: 100000, "
                                               "refusals_per_minute_per_subject: 100000, "
                                               "stranger_log_lines_per_minute: 100000}\n",
                              .authenticators = kTokenAuthenticators,
                              .files = {{"issuer.json", JwkSet({Issuer().Jwk("k")})}}});
    const auto channel = world_->channel();
    ASSERT_TRUE(world_->StartSession(channel, world_->bob, bobs_session()).ok());
    ASSERT_TRUE(world_->StartSession(channel, world_->alice, alices_session()).ok());
    Attempt start;
    start.possession = {&workloads_session()};
    start.document.mutable_start_session()->set_session_key(
        ToText(workloads_session().public_key().blob()));
    const Answer workload = Call("/mayfly.v1.Sessions/Start", start, Who::kWorkloadToken);
    ASSERT_TRUE(workload.ok()) << workload;
    const Speaker operator_session{v1::CREDENTIAL_KIND_SESSION, &alices_session()};
    ASSERT_TRUE(world_->MakeToken(channel, operator_session, token(), "t*.example.com").ok());
    ASSERT_TRUE(world_->MakeToken(channel, operator_session, web_token(), "web*.example.com").ok());
    ASSERT_TRUE(world_->Enroll(channel, web_token(), "web1.example.com", web1()).ok());
    ASSERT_TRUE(world_->Enroll(channel, web_token(), "web2.example.com", web2()).ok());
    const Answer issued = world_->IssueUser(channel, operator_session, certified());
    ASSERT_TRUE(issued.ok()) << issued;
    known_.alices_serial = issued.As<v1::IssueUserResponse>().certificate().serial();
    known_.alices_request_id = RequestIdOf(known_.alices_serial);
    known_.web2_key = &web2();
    known_.fresh_key = [] {
      keys_.push_back(MayflydWorld::NewKey());
      return &keys_.back();
    };
  }
  static void TearDownTestSuite() {
    world_.reset();
    keys_.clear();
  }

  static std::string RequestIdOf(uint64_t serial) {
    v1::CallDocument document;
    document.mutable_get_certificate()->set_serial(serial);
    const Answer answer =
        Call("/mayfly.v1.Certificates/Get", {document, {}}, Who::kOperatorSession);
    return answer.As<v1::GetCertificateResponse>().record().request_id();
  }

  static const ssh::PrivateKey& Named(size_t index) {
    static std::deque<ssh::PrivateKey> named;
    while (named.size() <= index) named.push_back(MayflydWorld::NewKey());
    return named[index];
  }
  static const ssh::PrivateKey& bobs_session() { return Named(0); }
  static const ssh::PrivateKey& alices_session() { return Named(1); }
  static const ssh::PrivateKey& token() { return Named(2); }
  static const ssh::PrivateKey& web_token() { return Named(3); }
  static const ssh::PrivateKey& web1() { return Named(4); }
  static const ssh::PrivateKey& web2() { return Named(5); }
  static const ssh::PrivateKey& certified() { return Named(6); }
  static const ssh::PrivateKey& stranger() { return Named(7); }
  static const ssh::PrivateKey& workloads_session() { return Named(8); }

  static Speaker SpeakerFor(Who who) {
    switch (who) {
      case Who::kUserKey:
        return {v1::CREDENTIAL_KIND_SSH_KEY, &world_->bob};
      case Who::kUserSession:
        return {v1::CREDENTIAL_KIND_SESSION, &bobs_session()};
      case Who::kOperatorSession:
        return {v1::CREDENTIAL_KIND_SESSION, &alices_session()};
      case Who::kHostKey:
        return {v1::CREDENTIAL_KIND_HOST_KEY, &web1()};
      case Who::kJoinToken:
        return {v1::CREDENTIAL_KIND_JOIN_TOKEN, &token()};
      case Who::kWorkloadSession:
        return {v1::CREDENTIAL_KIND_SESSION, &workloads_session()};
      case Who::kIdToken:
        return {v1::CREDENTIAL_KIND_OIDC, nullptr};
      case Who::kWorkloadToken:
        return {v1::CREDENTIAL_KIND_JWT, nullptr};
      case Who::kLocal:
        break;
    }
    return {v1::CREDENTIAL_KIND_LOCAL, nullptr};
  }

  // With a new token for those who come by one; an ID token is for the last key that signs.
  static v1::SignedCall SignAs(Who who, const std::string& method, const Attempt& attempt) {
    Speaker speaker = SpeakerFor(who);
    v1::CallDocument document = attempt.document;
    if (who == Who::kWorkloadToken) speaker.bearer = NewToken(kWorkloadIssuer, "builder", "");
    if (who == Who::kIdToken) {
      const Bytes seed(model::kNonceSeedSize, 7);
      const BytesView key =
          attempt.possession.empty() ? BytesView() : attempt.possession.back()->public_key().blob();
      speaker.bearer = NewToken(kIdIssuer, "dora", model::LoginNonce(key, seed));
      if (document.has_start_session()) {
        document.mutable_start_session()->set_nonce_seed(ToText(seed));
      }
    }
    return world_->Sign(method, document, speaker, attempt.possession);
  }

  static Attempt Filled(const Fill& fill, const Speaker& speaker) {
    Known known = known_;
    known.caller_key = speaker.key;
    Attempt attempt;
    fill(known, attempt);
    return attempt;
  }
  static Answer Call(const std::string& method, const Attempt& attempt, Who who) {
    const auto channel = who == Who::kLocal ? world_->ConnectLocally() : world_->channel();
    return CallRaw(channel, method, RequestWith(*FindMethod(method), SignAs(who, method, attempt)));
  }

  static std::unique_ptr<MayflydWorld> world_;
  static Known known_;
  static std::deque<ssh::PrivateKey> keys_;
};
std::unique_ptr<MayflydWorld> EveryRpc::world_;
Known EveryRpc::known_;
std::deque<ssh::PrivateKey> EveryRpc::keys_;

// The one answer for all causes: nothing in it but the request id.
void ExpectStranger(const Answer& answer, const std::string& what, bool may_tell_the_time = false) {
  EXPECT_EQ(CodeName(answer.code), "UNAUTHENTICATED") << what << ": " << answer;
  EXPECT_EQ(answer.message, "not authenticated") << what;
  EXPECT_EQ(answer.body, "") << what;
  v1::ErrorDetail rest = answer.detail;
  EXPECT_NE(rest.request_id(), "") << what;
  rest.clear_request_id();
  if (may_tell_the_time) rest.clear_server_time();
  EXPECT_EQ(rest.ByteSizeLong(), 0u) << what << ": " << rest.ShortDebugString();
}

// An enrolled key without touch may stand in an agent that is forwarded to anywhere.
TEST_F(EveryRpc, UsersAreChangedByNoKeyThatAnAgentLends) {
  for (const char* method : {"/mayfly.v1.Users/Add", "/mayfly.v1.Users/Remove",
                             "/mayfly.v1.Users/Release", "/mayfly.v1.Requests/CloseReview"}) {
    const auto row = std::ranges::find(RpcTable(), std::string(method), &Row::method);
    ASSERT_NE(row, RpcTable().end());
    const Speaker alices_key{v1::CREDENTIAL_KIND_SSH_KEY, &world_->alice};
    const Attempt attempt = Filled(row->fill, alices_key);
    const Answer answer = CallRaw(
        world_->channel(), method,
        RequestWith(*FindMethod(method),
                    world_->Sign(method, attempt.document, alices_key, attempt.possession)));
    EXPECT_EQ(CodeName(answer.code), "PERMISSION_DENIED") << method << ": " << answer;
    EXPECT_THAT(answer.message, ::testing::HasSubstr("a session key or a security key")) << method;
  }
}

// Nobody reads the trace of what was granted with each login.
TEST_F(EveryRpc, ACertificateComesWithoutTheTraceThatGetDecisionTells) {
  const Answer issued =
      world_->IssueUser(world_->channel(), SpeakerFor(Who::kOperatorSession), *known_.fresh_key());
  ASSERT_TRUE(issued.ok()) << issued;
  const auto response = issued.As<v1::IssueUserResponse>();
  EXPECT_TRUE(response.decision().granted());
  EXPECT_NE(response.decision().terms().grant(), "");
  EXPECT_EQ(response.decision().trace_size(), 0);
  v1::CallDocument document;
  document.mutable_get_decision()->set_request_id(RequestIdOf(response.certificate().serial()));
  const Answer told =
      Call("/mayfly.v1.Certificates/GetDecision", {document, {}}, Who::kOperatorSession);
  ASSERT_TRUE(told.ok()) << told;
  v1::Decision decision = told.As<v1::GetDecisionResponse>().decision();
  EXPECT_GT(decision.trace_size(), 0);
  decision.clear_trace();
  EXPECT_EQ(decision.SerializeAsString(), response.decision().SerializeAsString());
}

TEST_F(EveryRpc, GivesAStrangerOneAnswer) {
  int calls = 0;
  for (const Row& row : RpcTable()) {
    if (row.is_public) continue;
    const pb::MethodDescriptor& method = *FindMethod(row.method);
    const auto send = [&](const std::string& request) {
      ++calls;
      return CallRaw(world_->channel(), row.method, request);
    };
    const auto expect = [&](const v1::SignedCall& call, const std::string& what) {
      ExpectStranger(send(RequestWith(method, call)), row.method + ", " + what);
    };
    const Attempt attempt = Filled(row.fill, SpeakerFor(Who::kOperatorSession));
    const auto signed_by = [&](v1::CredentialKind kind, const ssh::PrivateKey* key) {
      return world_->Sign(row.method, attempt.document, {kind, key}, attempt.possession);
    };

    ExpectStranger(send(""), row.method + ", nothing");
    v1::SignedCall call;
    expect(call, "no document");
    call.set_document("\xff\xff garbage");
    call.add_signatures("garbage");
    expect(call, "garbage");
    call.set_document(std::string(65 << 10, '\0'));
    expect(call, "65 KiB of zeroes");

    // Each kind of credential there is: unsigned, and by a key that nobody knows.
    const pb::EnumDescriptor& kinds = *pb::GetEnumDescriptor<v1::CredentialKind>();
    for (int i = 0; i < kinds.value_count(); ++i) {
      const auto kind = static_cast<v1::CredentialKind>(kinds.value(i)->number());
      expect(signed_by(kind, nullptr), kinds.value(i)->name() + " without a signature");
      expect(signed_by(kind, &stranger()), kinds.value(i)->name() + " of nobody");
    }
    expect(signed_by(static_cast<v1::CredentialKind>(999), &stranger()), "a kind that is none");

    // Each known key as every kind that it is not.
    for (const Who who : Everybody()) {
      const Speaker right = SpeakerFor(who);
      for (int i = 0; right.key != nullptr && i < kinds.value_count(); ++i) {
        const auto kind = static_cast<v1::CredentialKind>(kinds.value(i)->number());
        if (kind == right.kind) continue;
        expect(signed_by(kind, right.key), NameOf(who) + " as " + kinds.value(i)->name());
      }
    }
    expect(signed_by(v1::CREDENTIAL_KIND_SSH_KEY, &certified()), "a certified key");

    // What an operator signed, bent.
    const v1::SignedCall good = signed_by(v1::CREDENTIAL_KIND_SESSION, &alices_session());
    call = good;
    *call.mutable_document() += std::string("\x3a\x00", 2);
    expect(call, "a document changed after it was signed");
    call = good;
    call.mutable_signatures(0)->back() ^= 1;
    expect(call, "a bit of the signature");
    call = good;
    call.set_signatures(0, ToText(MayflydWorld::Signature(alices_session(), "possession.v1@mayfly",
                                                          call.document())));
    expect(call, "signed as possession only");
    call.set_signatures(0,
                        ToText(MayflydWorld::Signature(alices_session(), "file", call.document())));
    expect(call, "signed in another namespace");
    call = good;
    call.add_signatures(
        ToText(MayflydWorld::Signature(bobs_session(), "credential.v1@mayfly", call.document())));
    expect(call, "two credentials");
    const std::string other = row.method == "/mayfly.v1.Sessions/WhoAmI"
                                  ? "/mayfly.v1.Sessions/End"
                                  : "/mayfly.v1.Sessions/WhoAmI";
    expect(world_->Sign(other, attempt.document, SpeakerFor(Who::kOperatorSession),
                        attempt.possession),
           "signed for another method");
    v1::CallDocument document;
    document.ParseFromString(good.document());
    const auto resigned = [&](const v1::CallDocument& changed) {
      v1::SignedCall result;
      result.set_document(changed.SerializeAsString());
      result.add_signatures(ToText(
          MayflydWorld::Signature(alices_session(), "credential.v1@mayfly", result.document())));
      for (const ssh::PrivateKey* key : attempt.possession) {
        result.add_signatures(
            ToText(MayflydWorld::Signature(*key, "possession.v1@mayfly", result.document())));
      }
      return result;
    };
    v1::CallDocument changed = document;
    changed.set_audience("SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU");
    expect(resigned(changed), "for another CA");
    changed = document;
    changed.set_nonce("short");
    expect(resigned(changed), "a short nonce");
    changed = document;
    changed.set_authenticator("nonsense");
    expect(resigned(changed), "an authenticator that is none");
    changed = document;
    changed.mutable_issued_at()->set_seconds(changed.issued_at().seconds() - 300);
    ExpectStranger(send(RequestWith(method, resigned(changed))), row.method + ", stale",
                   /*may_tell_the_time=*/true);
    // The bounds of a time: 1970 and before, 2106, 2^63.
    for (const int64_t seconds :
         {int64_t{-62135596801}, int64_t{0}, int64_t{1} << 32, std::numeric_limits<int64_t>::max(),
          std::numeric_limits<int64_t>::min()}) {
      changed = document;
      changed.mutable_issued_at()->set_seconds(seconds);
      ExpectStranger(send(RequestWith(method, resigned(changed))),
                     row.method + ", issued at " + std::to_string(seconds),
                     /*may_tell_the_time=*/true);
    }
  }
  EXPECT_GT(calls, 100);
}

TEST_F(EveryRpc, AnswersTheWorldWhereItIsPublic) {
  for (const Row& row : RpcTable()) {
    if (!row.is_public) continue;
    for (const char* request : {"", "\x0a\x03xyz"}) {
      const Answer answer = CallRaw(world_->channel(), row.method, request);
      EXPECT_THAT(CodeName(answer.code), ::testing::AnyOf("OK", "NOT_FOUND"))
          << row.method << ": " << answer;
    }
    // gRPC's own answer, which differs by its version.
    EXPECT_THAT(CodeName(CallRaw(world_->channel(), row.method, "\xff\xff").code),
                ::testing::AnyOf("INTERNAL", "UNIMPLEMENTED"))
        << row.method << ": bytes that are no message";
  }
}

TEST_F(EveryRpc, KnowsNothingBesideTheTable) {
  for (const char* method :
       {"/mayfly.v1.Certificates/Sign", "/mayfly.v1.certificates/issueuser", "/", "/x",
        "/mayfly.v1.Certificates/IssueUser/../Get", "/grpc.reflection.v1alpha.ServerReflection/x",
        "/grpc.channelz.v1.Channelz/GetServers"}) {
    EXPECT_EQ(CodeName(CallRaw(world_->channel(), method, "").code), "UNIMPLEMENTED") << method;
  }
  EXPECT_EQ(CodeName(CallRaw(world_->channel(),
                             "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", "")
                         .code),
            "UNIMPLEMENTED");
}

// The list in memory is gone then: the ledger has what was recorded.
TEST_F(EveryRpc, DoesNothingASecondTimeAfterARestart) {
  struct Made {
    std::string method;
    Who who;
    std::string request;
  };
  std::vector<Made> made;
  const auto call = [](const Made& one) {
    const auto channel = one.who == Who::kLocal ? world_->ConnectLocally() : world_->channel();
    return CallRaw(channel, one.method, one.request);
  };
  const auto make = [&](const std::string& method, Who who, const v1::SignedCall& signed_call) {
    made.push_back({method, who, RequestWith(*FindMethod(method), signed_call)});
    const Answer answer = call(made.back());
    EXPECT_TRUE(answer.ok()) << method << " by " << NameOf(who) << ": " << answer;
  };
  const std::string end = "/mayfly.v1.Sessions/End";
  for (const Row& row : RpcTable()) {
    if (row.is_public || row.method == end) continue;
    for (const Who who : Everybody()) {
      if (AnswerTo(row.answers, who) != "OK") continue;
      Attempt attempt = Filled(row.fill, SpeakerFor(who));
      if (attempt.document.has_enroll_host()) {
        attempt.document.mutable_enroll_host()->set_hostname("t2.example.com");
      }
      make(row.method, who, SignAs(who, row.method, attempt));
    }
  }
  const ssh::PrivateKey session = MayflydWorld::NewKey();
  ASSERT_TRUE(world_->StartSession(world_->channel(), world_->bob, session).ok());
  v1::CallDocument document;
  document.mutable_end_session();
  make(end, Who::kUserSession,
       world_->Sign(end, document, {v1::CREDENTIAL_KIND_SESSION, &session}));

  world_->Kill();
  ASSERT_TRUE(world_->Start());
  const auto acts = [] {
    return world_->CountEvents("type NOT IN ('denial', 'strangers_refused')");
  };
  const size_t before = acts();
  const size_t certificates = world_->Recorded().size();
  for (const Made& one : made) {
    const Answer answer = call(one);
    const std::string what = one.method + " by " + NameOf(one.who);
    for (const char* act :
         {"Sessions/Start", "Certificates/IssueUser", "Hosts/Enroll", "Hosts/Renew",
          "Operations/CreateJoinToken", "Operations/ApplyPolicy"}) {
      if (!one.method.ends_with(act)) continue;
      EXPECT_EQ(CodeName(answer.code), "ALREADY_EXISTS") << what << ": " << answer;
      ExpectStranger(call(one), what + ", once more");
    }
  }
  EXPECT_EQ(acts(), before);
  EXPECT_EQ(world_->Recorded().size(), certificates);
}

// Each of its documents would be good alone.
TEST_F(EveryRpc, KeepsAllDocumentsOfAnEnrolmentThatItRefuses) {
  const std::string method = "/mayfly.v1.Hosts/Enroll";
  std::vector<v1::EnrollHostRequest> alone;
  v1::EnrollHostRequest together;
  for (const char* hostname : {"t3.example.com", "t4.example.com"}) {
    const ssh::PrivateKey key = MayflydWorld::NewKey();
    Attempt attempt{.possession = {&key}};
    v1::EnrollHost* parameters = attempt.document.mutable_enroll_host();
    parameters->set_public_key(ToText(key.public_key().blob()));
    parameters->add_all_keys(parameters->public_key());
    parameters->set_hostname(hostname);
    *alone.emplace_back().add_calls() = SignAs(Who::kJoinToken, method, attempt);
    *together.add_calls() = alone.back().calls(0);
  }
  const Answer refused = CallRaw(world_->channel(), method, together.SerializeAsString());
  EXPECT_EQ(CodeName(refused.code), "INVALID_ARGUMENT") << refused;

  world_->Kill();
  ASSERT_TRUE(world_->Start());
  for (const v1::EnrollHostRequest& one : alone) {
    const Answer again = CallRaw(world_->channel(), method, one.SerializeAsString());
    EXPECT_EQ(CodeName(again.code), "ALREADY_EXISTS") << again;
  }
}

// The last of the suite: it ends the sessions.
TEST_F(EveryRpc, WithACredentialAnswersAsTheTableSays) {
  for (const Row& row : RpcTable()) {
    for (const bool anothers : {true, false}) {
      const Fill& fill = anothers ? row.fill_with_anothers : row.fill;
      if (!fill) continue;
      for (const Who who : Everybody()) {
        const auto& answers = anothers ? row.answers_with_anothers : row.answers;
        const std::string expected = AnswerTo(answers, who);
        const std::string what =
            row.method + " by " + NameOf(who) + (anothers ? ", for what is another's" : "");
        const Answer answer = Call(row.method, Filled(fill, SpeakerFor(who)), who);
        if (expected == "UNAUTHENTICATED") {
          ExpectStranger(answer, what);
          continue;
        }
        EXPECT_EQ(CodeName(answer.code), expected) << what << ": " << answer;
        if (!answer.ok()) {
          EXPECT_EQ(answer.body, "") << what << ": an error and a response";
        }
        EXPECT_EQ(answer.ok(), answer.detail.request_id().empty()) << what;
      }
    }
  }
}

TEST(RpcStrangers, SessionsAndTokensThatHaveEndedAreStrangers) {
  MayflydWorld world;
  const ssh::PrivateKey ended = MayflydWorld::NewKey(), expired = MayflydWorld::NewKey(),
                        token = MayflydWorld::NewKey(), host = MayflydWorld::NewKey();
  const auto channel = world.channel();
  ASSERT_TRUE(world.StartSession(channel, world.alice, ended).ok());
  ASSERT_TRUE(world.StartSession(channel, world.alice, expired, absl::Seconds(1)).ok());
  ASSERT_TRUE(world
                  .MakeToken(channel, {v1::CREDENTIAL_KIND_SESSION, &ended}, token,
                             "web1.example.com", absl::Seconds(1))
                  .ok());
  const auto call = [&](const std::string& method, const ssh::PrivateKey& session) {
    v1::CallDocument document;
    if (method == "/mayfly.v1.Sessions/End") {
      document.mutable_end_session();
    } else {
      document.mutable_who_am_i();
    }
    return CallRaw(
        channel, method,
        world.Sign(method, document, {v1::CREDENTIAL_KIND_SESSION, &session}).SerializeAsString());
  };
  ASSERT_TRUE(call("/mayfly.v1.Sessions/End", ended).ok());
  absl::SleepFor(absl::Milliseconds(1100));
  ExpectStranger(call("/mayfly.v1.Sessions/WhoAmI", ended), "an ended session");
  ExpectStranger(call("/mayfly.v1.Sessions/WhoAmI", expired), "an expired session");
  ExpectStranger(world.Enroll(channel, token, "web1.example.com", host), "an expired token");
  ExpectStranger(world.Enroll(channel, MayflydWorld::NewKey(), "web1.example.com", host),
                 "a token that never was");

  // The same call twice: once.
  v1::CallDocument document;
  document.mutable_who_am_i();
  const std::string request =
      world
          .Sign("/mayfly.v1.Sessions/WhoAmI", document, {v1::CREDENTIAL_KIND_SSH_KEY, &world.alice})
          .SerializeAsString();
  EXPECT_TRUE(CallRaw(channel, "/mayfly.v1.Sessions/WhoAmI", request).ok());
  ExpectStranger(CallRaw(channel, "/mayfly.v1.Sessions/WhoAmI", request), "a replay");

  // A key that is known, and one that is not, under a signature that does not hold, take the same
  // path: what cannot be told by the cause cannot be told by the clock.
  for (const ssh::PrivateKey* key : {&world.alice, &host}) {
    v1::SignedCall bent =
        world.Sign("/mayfly.v1.Sessions/WhoAmI", document, {v1::CREDENTIAL_KIND_SSH_KEY, key});
    bent.mutable_signatures(0)->back() ^= 1;
    const Answer answer = CallRaw(channel, "/mayfly.v1.Sessions/WhoAmI", bent.SerializeAsString());
    ExpectStranger(answer, "a signature that does not hold");
    ASSERT_TRUE(world.daemon().WaitForLog(answer.detail.request_id()));
    const std::string log = world.Log();
    const size_t at = log.find(answer.detail.request_id());
    EXPECT_THAT(log.substr(at, log.find('\n', at) - at),
                ::testing::HasSubstr("cause=bad_signature"));
  }
}

}  // namespace
}  // namespace mayfly
