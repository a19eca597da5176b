"""What of refnet does PyInstaller not find by following its imports? Files that are no modules, and the source."""

from PyInstaller.utils.hooks import collect_data_files

datas = collect_data_files("refnet")
module_collection_mode = {"refnet": "pyz+py"}  # FORMAT.md of `refnet vectors` quotes functions
