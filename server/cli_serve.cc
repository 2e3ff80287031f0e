#include "server/app.h"
#include "server/assets.h"
#include "server/cli.h"

namespace vdiwatch::server {

void AddServe(CommandLine& line) {
  CLI::App* serve = line.app.add_subcommand("serve", "Run the daemon until it is told to stop");
  const auto config_file = AddConfigOption(serve);
  line.OnChosen(serve, [config_file]() -> Result<int> {
    ASSIGN_OR_RETURN(const Config config, LoadConfig(*config_file));
    Log log;
    RETURN_IF_ERROR(Serve(config, Assets(), log));
    return 0;
  });
}

}  // namespace vdiwatch::server
