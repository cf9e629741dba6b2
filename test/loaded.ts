/**
 * What commands load when they come to it. Where time is a test's own it would pass, or seem to end, while a file is
 * read; what is here already is there at once.
 */
import '../src/about.js';
import '../src/check-report.js';
import '../src/check.js';
import '../src/cli.js';
import '../src/discover.js';
import '../src/position/command.js';
import '../src/protocol/protocol.js';
import '../src/report/page.js';
import '../src/run.js';
import '../src/settings.js';
