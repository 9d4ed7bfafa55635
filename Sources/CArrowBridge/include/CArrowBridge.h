#pragma once
// The bridge exports sluice_arrow_bridge(), which CArrowInterface declares.
