#include "client/command_line/verbs.h"
#include "client/request/request_commands.h"

namespace mayfly::client {

void AddRequestVerbs(Verbs& verbs) {
  Context& context = verbs.context();
  const auto listing = Verbs::Storage<RequestListOptions>();
  const auto one = Verbs::Storage<RequestOptions>();
  CLI::App* request =
      verbs.Add(verbs.root(), "request", "Requests that wait for approval", "mayfly request list");
  const auto add_list_options = [listing](CLI::App* command, const std::string& all) {
    command->add_flag("--all", listing->all, all);
    command->add_option("--limit", listing->limit, "At most so many")->check(CLI::Range(1, 1000));
  };
  const auto add_number = [one](CLI::App* command) {
    command->add_option("number", one->number, "As `request list` prints it")->required();
  };
  add_list_options(
      verbs.Add(*request, "list", "Yours, and those that you may approve", "mayfly request list",
                [&context, listing] { return ListRequests(context, *listing); }),
      "Also those that no longer wait");
  add_number(verbs.Add(*request, "show", "What somebody asks, and who has approved",
                       "mayfly request show 17",
                       [&context, one] { return ShowRequest(context, *one); }));
  CLI::App* approve =
      verbs.Add(*request, "approve", "Approve somebody else's request", "mayfly request approve 17",
                [&context, one] { return ApproveRequest(context, *one); });
  add_number(approve);
  approve->add_option("-i,--identity", one->identity,
                      "Sign with this enrolled security key, without a session");
  CLI::App* deny = verbs.Add(*request, "deny", "Deny it",
                             "mayfly request deny 17 --word 'not during the freeze'",
                             [&context, one] { return DenyRequest(context, *one); });
  add_number(deny);
  deny->add_option("--word", one->word, "Why, for the requester");
  CLI::App* cancel = verbs.Add(*request, "cancel", "Take your own back", "mayfly request cancel 17",
                               [&context, one] { return CancelRequest(context, *one); });
  add_number(cancel);
  cancel->add_option("--word", one->word, "Why, for the record");
  add_number(verbs.Add(*request, "wait", "Wait until it is approved; exit 3 when it is not",
                       "mayfly request wait 17",
                       [&context, one] { return WaitForRequest(context, *one); }));

  CLI::App* review =
      verbs.Add(verbs.root(), "review", "Certificates by break-glass grants", "mayfly review list");
  add_list_options(
      verbs.Add(*review, "list", "Those that nobody has looked at yet", "mayfly review list",
                [&context, listing] { return ListReviews(context, *listing); }),
      "Also closed ones");
  CLI::App* close = verbs.Add(*review, "close", "Say what you found, and close it",
                              "mayfly review close 42 --word 'disk replaced, OPS-311'",
                              [&context, one] { return CloseReview(context, *one); });
  close->add_option("serial", one->number, "Of the certificate")->required();
  close->add_option("--word", one->word, "What was found")->required();
}

}  // namespace mayfly::client
