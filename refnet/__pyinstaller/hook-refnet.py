"""What of refnet does PyInstaller not find by following its imports? The files that are no modules."""

from PyInstaller.utils.hooks import collect_data_files

datas = collect_data_files("refnet")
