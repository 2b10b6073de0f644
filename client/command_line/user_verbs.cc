#include "client/command_line/verbs.h"
#include "client/operator/users.h"

namespace mayfly::client {

void AddUserVerbs(Verbs& verbs) {
  Context& context = verbs.context();
  const auto options = Verbs::Storage<UsersOptions>();
  const auto add_authenticator = [&](CLI::App* to) {
    to->add_option("--authenticator", options->authenticator, "Which one, when there are several");
  };
  const auto add_enrolment = [&](CLI::App* to) {
    Verbs::AddList(to, "-g,--group", options->groups, "Of each of them; repeat for several");
    add_authenticator(to);
    to->add_flag("--dry-run", options->dry_run, "Check everything, change nothing");
  };

  CLI::App* users = verbs.Add(verbs.root(), "users", "People who log in by an SSH key, and names",
                              "mayfly users import team_keys --group engineering");
  CLI::App* add = verbs.Add(*users, "add", "Enroll one",
                            "mayfly users add alice --key alice.pub --group engineering",
                            [&context, options] { return AddUser(context, *options); });
  add->add_option("name", options->name)->required();
  Verbs::AddList(add, "--key", options->keys, "Public key file; repeat for several")->required();
  add_enrolment(add);

  CLI::App* import =
      verbs.Add(*users, "import", "Enroll a team from its authorized_keys",
                "mayfly users import ~deploy/.ssh/authorized_keys --group engineering",
                [&context, options] { return ImportUsers(context, *options); });
  import->add_option("file", options->file, "authorized_keys, or - for standard input")->required();
  add_enrolment(import);

  CLI::App* remove =
      verbs.Add(*users, "remove", "End an enrolment made by a call", "mayfly users remove alice",
                [&context, options] { return RemoveUser(context, *options); });
  remove->add_option("name", options->name)->required();
  add_authenticator(remove);

  verbs.Add(*users, "list", "Show everybody, of the users file and of calls", "mayfly users list",
            [&context] { return ListUsers(context); });

  CLI::App* release = verbs.Add(*users, "release", "Let another provider's user have a name",
                                "mayfly users release alice",
                                [&context, options] { return ReleaseUser(context, *options); });
  release->add_option("name", options->name)->required();
  release->add_option("--realm", options->realm)->capture_default_str();
}

}  // namespace mayfly::client
